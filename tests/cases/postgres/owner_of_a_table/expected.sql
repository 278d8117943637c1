-- up
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users OWNER TO case_reader;

-- down
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users OWNER TO case_owner;
