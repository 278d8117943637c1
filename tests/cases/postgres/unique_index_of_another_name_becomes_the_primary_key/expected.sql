-- up
-- in a transaction
-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k ADD CONSTRAINT a_not_null CHECK (a IS NOT NULL) NOT VALID;

-- in a transaction
ALTER TABLE public.k VALIDATE CONSTRAINT a_not_null;

-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k ALTER COLUMN a SET NOT NULL;

-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k DROP CONSTRAINT a_not_null;

-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k ADD CONSTRAINT k_pkey PRIMARY KEY USING INDEX k_a;

ALTER TABLE public.k CLUSTER ON k_pkey;

-- down
-- in a transaction
-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k DROP CONSTRAINT k_pkey;

-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k ALTER COLUMN a DROP NOT NULL;

-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY k_a ON public.k USING btree (a) INCLUDE (b) WITH (fillfactor='70');

-- in a transaction
ALTER TABLE public.k CLUSTER ON k_a;
