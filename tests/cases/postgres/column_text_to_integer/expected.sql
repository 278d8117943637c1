-- up
-- LOSES values of t.c that do not fit into integer (it was text); it fails on values that it cannot cast
-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN c TYPE integer USING c::integer;

-- down
-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN c TYPE text;
