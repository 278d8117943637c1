-- up
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users REPLICA IDENTITY USING INDEX users_name;

-- down
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users REPLICA IDENTITY FULL;
