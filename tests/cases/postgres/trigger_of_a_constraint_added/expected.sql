-- up
-- Locks: SHARE ROW EXCLUSIVE on users, for a moment
CREATE CONSTRAINT TRIGGER tick AFTER INSERT ON public.users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.tick();

-- down
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP TRIGGER tick ON public.users;
