-- up
ALTER TABLE public.k VALIDATE CONSTRAINT k_a;

-- down
-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k DROP CONSTRAINT k_a;

-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k ADD CONSTRAINT k_a CHECK ((a > 0)) NOT VALID;
