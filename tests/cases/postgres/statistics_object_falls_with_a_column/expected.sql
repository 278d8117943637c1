-- up
-- LOSES the values of t.b
-- LOSES the statistics object public.st
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t DROP COLUMN b;
