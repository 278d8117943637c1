-- up
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY k_a__new ON public.k (a);
DROP INDEX CONCURRENTLY public.k_a;

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k ADD CONSTRAINT k_a UNIQUE USING INDEX k_a__new;

-- down
-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k DROP CONSTRAINT k_a;

-- Locks: SHARE on k, while every row is read
CREATE UNIQUE INDEX k_a ON public.k USING btree (a) WHERE (b IS NOT NULL);
