-- up
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY two ON public.k (a);

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on r, for a moment
ALTER TABLE public.r DROP CONSTRAINT r_a;

-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k DROP CONSTRAINT one;

-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k ADD CONSTRAINT two UNIQUE USING INDEX two;

-- Locks: SHARE ROW EXCLUSIVE on k, for a moment
-- Locks: SHARE ROW EXCLUSIVE on r, for a moment
ALTER TABLE ONLY public.r ADD CONSTRAINT r_a FOREIGN KEY (a) REFERENCES public.k(a) NOT VALID;

-- in a transaction
ALTER TABLE public.r VALIDATE CONSTRAINT r_a;

-- down
-- Locks: ACCESS EXCLUSIVE on r, for a moment
ALTER TABLE public.r DROP CONSTRAINT r_a;

-- Locks: ACCESS EXCLUSIVE on k, for a moment
ALTER TABLE public.k DROP CONSTRAINT two;

-- Locks: ACCESS EXCLUSIVE on k, while every row is read
ALTER TABLE ONLY public.k ADD CONSTRAINT one UNIQUE (a);

-- Locks: SHARE ROW EXCLUSIVE on k, for a moment
-- Locks: SHARE ROW EXCLUSIVE on r, while every row is read
ALTER TABLE ONLY public.r ADD CONSTRAINT r_a FOREIGN KEY (a) REFERENCES public.k(a);
