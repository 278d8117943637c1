-- up
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP TRIGGER tick ON public.users;

-- Locks: SHARE ROW EXCLUSIVE on users, for a moment
CREATE TRIGGER tick BEFORE DELETE ON public.users FOR EACH ROW EXECUTE FUNCTION public.tick();

-- Locks: SHARE ROW EXCLUSIVE on users, for a moment
ALTER TABLE public.users DISABLE TRIGGER tick;

-- down
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP TRIGGER tick ON public.users;

-- Locks: SHARE ROW EXCLUSIVE on users, for a moment
CREATE TRIGGER tick BEFORE INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION public.tick();
