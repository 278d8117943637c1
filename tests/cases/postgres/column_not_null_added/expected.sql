-- up
-- in a transaction
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ADD CONSTRAINT c_not_null CHECK (c IS NOT NULL) NOT VALID;

-- in a transaction
ALTER TABLE public.t VALIDATE CONSTRAINT c_not_null;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c SET NOT NULL;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t DROP CONSTRAINT c_not_null;

-- down
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c DROP NOT NULL;
