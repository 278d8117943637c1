-- up
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users FORCE ROW LEVEL SECURITY;

-- down
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users DISABLE ROW LEVEL SECURITY;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users NO FORCE ROW LEVEL SECURITY;
