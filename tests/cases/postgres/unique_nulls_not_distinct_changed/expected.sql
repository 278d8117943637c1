-- up
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY one__new ON public.users (mail) NULLS NOT DISTINCT;

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users DROP CONSTRAINT one;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ADD CONSTRAINT one UNIQUE USING INDEX one__new;

-- down
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY one__new ON public.users (mail);

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users DROP CONSTRAINT one;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ADD CONSTRAINT one UNIQUE USING INDEX one__new;
