-- up
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP RULE keep ON public.users;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
CREATE RULE keep AS
    ON DELETE TO public.users DO  INSERT INTO public.log (id)
  VALUES ((old.id + 1));

-- down
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP RULE keep ON public.users;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
CREATE RULE keep AS
    ON DELETE TO public.users DO  INSERT INTO public.log (id)
  VALUES (old.id);
