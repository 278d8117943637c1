-- up
-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN c TYPE bigint;

-- down
-- LOSES values of t.c that do not fit into integer (it was bigint); it fails on values that it cannot cast
-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN c TYPE integer;
