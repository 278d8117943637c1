-- up
REVOKE INSERT ON TABLE public.users FROM case_reader;
GRANT UPDATE ON TABLE public.users TO case_reader;
GRANT DELETE ON TABLE public.users TO case_writer;

-- down
REVOKE UPDATE ON TABLE public.users FROM case_reader;
REVOKE DELETE ON TABLE public.users FROM case_writer;
GRANT INSERT ON TABLE public.users TO case_reader;
