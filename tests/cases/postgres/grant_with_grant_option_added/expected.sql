-- up
GRANT UPDATE ON TABLE public.users TO case_reader;
GRANT SELECT ON TABLE public.users TO case_reader WITH GRANT OPTION;

-- down
REVOKE SELECT, UPDATE ON TABLE public.users FROM case_reader;
