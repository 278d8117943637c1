-- up
-- Locks: ACCESS EXCLUSIVE on the index users_name, which every query of its table needs, while it is copied
ALTER INDEX public.users_name SET TABLESPACE case_space;

-- down
-- Locks: ACCESS EXCLUSIVE on the index users_name, which every query of its table needs, while it is copied
ALTER INDEX public.users_name SET TABLESPACE pg_default;
