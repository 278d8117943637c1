-- up
-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k ADD CONSTRAINT k_u UNIQUE USING INDEX k_u;

-- down
-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k DROP CONSTRAINT k_u;

-- Locks: SHARE on k, while every row is read
CREATE UNIQUE INDEX k_u ON public.k USING btree (b);
