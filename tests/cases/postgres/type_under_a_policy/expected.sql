-- up
-- Locks: ACCESS EXCLUSIVE on t, for a moment
DROP POLICY mine ON public.t;

-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN id TYPE bigint;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
CREATE POLICY mine ON public.t AS PERMISSIVE FOR ALL TO PUBLIC USING ((id > 10));

-- down
-- Locks: ACCESS EXCLUSIVE on t, for a moment
DROP POLICY mine ON public.t;

-- LOSES values of t.id that do not fit into integer (it was bigint); it fails on values that it cannot cast
-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN id TYPE integer;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
CREATE POLICY mine ON public.t AS PERMISSIVE FOR ALL TO PUBLIC USING ((id > 10));
