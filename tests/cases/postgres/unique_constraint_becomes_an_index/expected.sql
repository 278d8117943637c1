-- up
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY k_u__new ON public.k USING btree (b);

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k DROP CONSTRAINT k_u;

ALTER INDEX public.k_u__new RENAME TO k_u;

-- down
-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k ADD CONSTRAINT k_u UNIQUE USING INDEX k_u;
