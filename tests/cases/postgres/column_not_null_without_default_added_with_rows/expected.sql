-- up
-- in a transaction
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ADD COLUMN c integer;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ADD CONSTRAINT c_not_null CHECK (c IS NOT NULL) NOT VALID;

-- in a transaction
-- FILL IN: a value of t.c for the existing rows
UPDATE public.t SET c = /* FILL IN */ WHERE c IS NULL;

-- in a transaction
ALTER TABLE public.t VALIDATE CONSTRAINT c_not_null;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c SET NOT NULL;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t DROP CONSTRAINT c_not_null;

-- down
-- LOSES the values of t.c
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t DROP COLUMN c;
