-- up
GRANT SELECT (id) ON TABLE public.users TO case_reader;
GRANT SELECT (name), UPDATE (name) ON TABLE public.users TO case_reader;

-- down
REVOKE SELECT (id) ON TABLE public.users FROM case_reader;
REVOKE SELECT (name), UPDATE (name) ON TABLE public.users FROM case_reader;
