-- up
-- Locks: ACCESS EXCLUSIVE on c, for a moment
ALTER TABLE public.c ALTER CONSTRAINT c_f DEFERRABLE;

-- down
-- Locks: ACCESS EXCLUSIVE on c, for a moment
ALTER TABLE public.c ALTER CONSTRAINT c_f NOT DEFERRABLE;
