-- up
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY k_pkey__new ON public.k (b);

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k DROP CONSTRAINT k_pkey;

-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k ADD CONSTRAINT k_pkey PRIMARY KEY USING INDEX k_pkey__new;

-- down
-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k DROP CONSTRAINT k_pkey;

-- Locks: ACCESS EXCLUSIVE on k, while every row is read
ALTER TABLE ONLY public.k ADD CONSTRAINT k_pkey PRIMARY KEY (a);
