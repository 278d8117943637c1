-- up
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP TRIGGER t ON public.users;

-- Locks: SHARE ROW EXCLUSIVE on users, for a moment
CREATE TRIGGER t AFTER UPDATE ON public.users REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION public.touch();

-- down
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP TRIGGER t ON public.users;

-- Locks: SHARE ROW EXCLUSIVE on users, for a moment
CREATE TRIGGER t AFTER UPDATE ON public.users REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION public.touch();
