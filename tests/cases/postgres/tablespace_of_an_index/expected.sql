-- up
ALTER INDEX public.users_name SET TABLESPACE case_space;

-- down
ALTER INDEX public.users_name SET TABLESPACE pg_default;
