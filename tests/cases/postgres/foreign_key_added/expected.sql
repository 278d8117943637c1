-- up
-- in a transaction
-- Locks: SHARE ROW EXCLUSIVE on p, for a moment
-- Locks: SHARE ROW EXCLUSIVE on c, for a moment
ALTER TABLE ONLY public.c ADD CONSTRAINT c_f FOREIGN KEY (p) REFERENCES public.p(id) NOT VALID;

-- in a transaction
ALTER TABLE public.c VALIDATE CONSTRAINT c_f;

-- down
-- Locks: ACCESS EXCLUSIVE on c, for a moment
ALTER TABLE public.c DROP CONSTRAINT c_f;
