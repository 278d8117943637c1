-- up
-- in a transaction
-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN a TYPE bigint;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ADD CONSTRAINT a_not_null CHECK (a IS NOT NULL) NOT VALID;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN b SET DEFAULT 'x'::text;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c TYPE character varying(9);

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c DROP NOT NULL;

-- in a transaction
ALTER TABLE public.t VALIDATE CONSTRAINT a_not_null;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN a SET NOT NULL;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t DROP CONSTRAINT a_not_null;

-- down
-- in a transaction
-- LOSES values of t.a that do not fit into integer (it was bigint); it fails on values that it cannot cast
-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN a TYPE integer;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN a DROP NOT NULL, ALTER COLUMN b DROP DEFAULT;

-- LOSES values of t.c that do not fit into character varying(5) (it was character varying(9)); it fails on
-- values that it cannot cast
-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN c TYPE character varying(5);

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ADD CONSTRAINT c_not_null CHECK (c IS NOT NULL) NOT VALID;

-- in a transaction
ALTER TABLE public.t VALIDATE CONSTRAINT c_not_null;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c SET NOT NULL;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t DROP CONSTRAINT c_not_null;
