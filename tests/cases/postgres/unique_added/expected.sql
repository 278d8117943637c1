-- up
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY k_b ON public.k (b);

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k ADD CONSTRAINT k_b UNIQUE USING INDEX k_b;

-- down
-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k DROP CONSTRAINT k_b;
