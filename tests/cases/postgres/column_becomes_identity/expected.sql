-- up
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c ADD GENERATED ALWAYS AS IDENTITY;

-- the numbers of t.c continue after the existing rows
SELECT setval(pg_get_serial_sequence('public.t', 'c'), max(c)) FROM public.t WHERE c >= 1;

-- down
-- LOSES the position of the sequence of t.c
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c DROP IDENTITY;
