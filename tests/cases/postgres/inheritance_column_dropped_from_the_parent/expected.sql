-- up
-- LOSES the values of a.x
-- Locks: ACCESS EXCLUSIVE on a, for a moment
ALTER TABLE public.a DROP COLUMN x;

-- down
-- Locks: ACCESS EXCLUSIVE on a, for a moment
ALTER TABLE public.a ADD COLUMN x integer;
