-- up
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY logs_1_pkey__new ON public.logs_1 (id, day);
CREATE UNIQUE INDEX CONCURRENTLY logs_2_pkey__new ON public.logs_2 (id, day);

-- Locks: ACCESS EXCLUSIVE on logs, for a moment
ALTER TABLE public.logs DROP CONSTRAINT logs_pkey;

-- Locks: ACCESS EXCLUSIVE on logs_1, for a moment
ALTER TABLE public.logs_1 ADD CONSTRAINT logs_1_pkey PRIMARY KEY USING INDEX logs_1_pkey__new;

-- Locks: ACCESS EXCLUSIVE on logs_2, for a moment
ALTER TABLE public.logs_2 ADD CONSTRAINT logs_2_pkey PRIMARY KEY USING INDEX logs_2_pkey__new;

-- Locks: ACCESS EXCLUSIVE on logs, for a moment
ALTER TABLE ONLY public.logs ADD CONSTRAINT logs_pkey PRIMARY KEY (id, day);

ALTER INDEX public.logs_pkey ATTACH PARTITION public.logs_1_pkey;
ALTER INDEX public.logs_pkey ATTACH PARTITION public.logs_2_pkey;

-- down
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY logs_1_pkey__new ON public.logs_1 (day);
CREATE UNIQUE INDEX CONCURRENTLY logs_2_pkey__new ON public.logs_2 (day);

-- Locks: ACCESS EXCLUSIVE on logs, for a moment
ALTER TABLE public.logs DROP CONSTRAINT logs_pkey;

-- Locks: ACCESS EXCLUSIVE on logs_1, for a moment
ALTER TABLE public.logs_1 ADD CONSTRAINT logs_1_pkey PRIMARY KEY USING INDEX logs_1_pkey__new;

-- Locks: ACCESS EXCLUSIVE on logs_2, for a moment
ALTER TABLE public.logs_2 ADD CONSTRAINT logs_2_pkey PRIMARY KEY USING INDEX logs_2_pkey__new;

-- Locks: ACCESS EXCLUSIVE on logs, for a moment
ALTER TABLE ONLY public.logs ADD CONSTRAINT logs_pkey PRIMARY KEY (day);

ALTER INDEX public.logs_pkey ATTACH PARTITION public.logs_1_pkey;
ALTER INDEX public.logs_pkey ATTACH PARTITION public.logs_2_pkey;
