-- up
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY a_pkey ON public.a (id);

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on b, for a moment
ALTER TABLE public.b DROP CONSTRAINT b_a;

-- Locks: ACCESS EXCLUSIVE on a, for a moment
ALTER TABLE public.a DROP CONSTRAINT a_id_key;

-- Locks: ACCESS EXCLUSIVE on a, for a moment
ALTER TABLE public.a ADD CONSTRAINT a_pkey PRIMARY KEY USING INDEX a_pkey;

-- Locks: SHARE ROW EXCLUSIVE on a, for a moment
-- Locks: SHARE ROW EXCLUSIVE on b, for a moment
ALTER TABLE ONLY public.b ADD CONSTRAINT b_a FOREIGN KEY (a_id) REFERENCES public.a(id) ON DELETE CASCADE NOT VALID;

-- in a transaction
ALTER TABLE public.b VALIDATE CONSTRAINT b_a;

-- down
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY a_id_key ON public.a (id);

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on b, for a moment
ALTER TABLE public.b DROP CONSTRAINT b_a;

-- Locks: ACCESS EXCLUSIVE on a, for a moment
ALTER TABLE public.a DROP CONSTRAINT a_pkey;

-- Locks: ACCESS EXCLUSIVE on a, for a moment
ALTER TABLE public.a ADD CONSTRAINT a_id_key UNIQUE USING INDEX a_id_key;

-- Locks: SHARE ROW EXCLUSIVE on a, for a moment
-- Locks: SHARE ROW EXCLUSIVE on b, for a moment
ALTER TABLE ONLY public.b ADD CONSTRAINT b_a FOREIGN KEY (a_id) REFERENCES public.a(id) NOT VALID;

-- in a transaction
ALTER TABLE public.b VALIDATE CONSTRAINT b_a;
