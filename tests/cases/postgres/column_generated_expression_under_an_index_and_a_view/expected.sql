-- on: postgres 12-15
-- up
-- in a transaction
DROP VIEW public.v;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t DROP COLUMN c;

-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ADD COLUMN c integer GENERATED ALWAYS AS ((id * 5)) STORED;

CREATE VIEW public.v AS
SELECT t.c
   FROM public.t;

-- outside a transaction
CREATE INDEX CONCURRENTLY t_c ON public.t USING btree (c);

-- down
DROP VIEW public.v;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t DROP COLUMN c;

-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ADD COLUMN c integer GENERATED ALWAYS AS ((id * 2)) STORED;

-- Locks: SHARE on t, while every row is read
CREATE INDEX t_c ON public.t USING btree (c);

CREATE VIEW public.v AS
SELECT t.c
   FROM public.t;
