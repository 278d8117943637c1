-- up
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP POLICY mine ON public.users;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
CREATE POLICY mine ON public.users AS PERMISSIVE FOR ALL TO PUBLIC USING ((age > 2));

-- down
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP POLICY mine ON public.users;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
CREATE POLICY mine ON public.users AS PERMISSIVE FOR ALL TO PUBLIC USING ((age > 1));
