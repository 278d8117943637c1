-- up
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY p_pkey__new ON public.p (b);
CREATE UNIQUE INDEX CONCURRENTLY p_a_key ON public.p (a);

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on c, for a moment
ALTER TABLE public.c DROP CONSTRAINT c_x_fkey;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p DROP CONSTRAINT p_pkey;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p ADD CONSTRAINT p_pkey PRIMARY KEY USING INDEX p_pkey__new;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p ADD CONSTRAINT p_a_key UNIQUE USING INDEX p_a_key;

-- Locks: SHARE ROW EXCLUSIVE on p, for a moment
-- Locks: SHARE ROW EXCLUSIVE on c, for a moment
ALTER TABLE ONLY public.c ADD CONSTRAINT c_x_fkey FOREIGN KEY (x) REFERENCES public.p(a) NOT VALID;

-- in a transaction
ALTER TABLE public.c VALIDATE CONSTRAINT c_x_fkey;

-- down
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY p_pkey__new ON public.p (a);

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on c, for a moment
ALTER TABLE public.c DROP CONSTRAINT c_x_fkey;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p DROP CONSTRAINT p_a_key;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p DROP CONSTRAINT p_pkey;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p ADD CONSTRAINT p_pkey PRIMARY KEY USING INDEX p_pkey__new;

-- Locks: SHARE ROW EXCLUSIVE on p, for a moment
-- Locks: SHARE ROW EXCLUSIVE on c, for a moment
ALTER TABLE ONLY public.c ADD CONSTRAINT c_x_fkey FOREIGN KEY (x) REFERENCES public.p(a) NOT VALID;

-- in a transaction
ALTER TABLE public.c VALIDATE CONSTRAINT c_x_fkey;
