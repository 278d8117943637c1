-- on: postgres 12-17
-- up
-- in a transaction
-- Locks: ACCESS EXCLUSIVE on q, for a moment
ALTER TABLE public.q DROP CONSTRAINT q_id_fkey;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p ADD CONSTRAINT k_not_null CHECK (k IS NOT NULL) NOT VALID;

-- Locks: ACCESS EXCLUSIVE on q, for a moment
ALTER TABLE public.q ADD COLUMN k integer;

-- in a transaction
ALTER TABLE public.p VALIDATE CONSTRAINT k_not_null;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p ALTER COLUMN k SET NOT NULL;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p DROP CONSTRAINT k_not_null;

-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY p1_pkey__new ON public.p1 (id, k);

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p DROP CONSTRAINT p_pkey;

-- Locks: ACCESS EXCLUSIVE on p1, for a moment
ALTER TABLE public.p1 ADD CONSTRAINT p1_pkey PRIMARY KEY USING INDEX p1_pkey__new;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE ONLY public.p ADD CONSTRAINT p_pkey PRIMARY KEY (id, k);

ALTER INDEX public.p_pkey ATTACH PARTITION public.p1_pkey;

-- in a transaction
-- Locks: SHARE ROW EXCLUSIVE on p, for a moment
-- Locks: SHARE ROW EXCLUSIVE on q, while every row is read
ALTER TABLE ONLY public.q ADD CONSTRAINT q_id_k_fkey FOREIGN KEY (id, k) REFERENCES public.p(id, k);

-- down
-- in a transaction
-- LOSES the values of q.k
-- Locks: ACCESS EXCLUSIVE on q, for a moment
ALTER TABLE public.q DROP COLUMN k;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p DROP CONSTRAINT p_pkey;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p ALTER COLUMN k DROP NOT NULL;

-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY p1_pkey ON public.p1 (id);

-- Locks: ACCESS EXCLUSIVE on p1, for a moment
ALTER TABLE public.p1 ADD CONSTRAINT p1_pkey PRIMARY KEY USING INDEX p1_pkey;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE ONLY public.p ADD CONSTRAINT p_pkey PRIMARY KEY (id);

ALTER INDEX public.p_pkey ATTACH PARTITION public.p1_pkey;

-- in a transaction
-- Locks: SHARE ROW EXCLUSIVE on p, for a moment
-- Locks: SHARE ROW EXCLUSIVE on q, while every row is read
ALTER TABLE ONLY public.q ADD CONSTRAINT q_id_fkey FOREIGN KEY (id) REFERENCES public.p(id);
