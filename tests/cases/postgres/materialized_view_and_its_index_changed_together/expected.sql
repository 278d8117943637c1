-- on: postgres 12-15
-- up
-- Locks: ACCESS EXCLUSIVE on m, for a moment
DROP MATERIALIZED VIEW public.m;

CREATE MATERIALIZED VIEW public.m AS
SELECT users.id,
    users.name,
    users.age
   FROM public.users;

-- Locks: SHARE on m, while every row is read
CREATE UNIQUE INDEX m_id ON public.m USING btree (id, age);

-- Locks: SHARE on m, while every row is read
CREATE INDEX m_name ON public.m USING btree (name) WITH (fillfactor='70');

-- down
-- Locks: ACCESS EXCLUSIVE on m, for a moment
DROP MATERIALIZED VIEW public.m;

CREATE MATERIALIZED VIEW public.m AS
SELECT users.id,
    users.name
   FROM public.users;

-- Locks: SHARE on m, while every row is read
CREATE UNIQUE INDEX m_id ON public.m USING btree (id);

-- Locks: SHARE on m, while every row is read
CREATE INDEX m_name ON public.m USING btree (name);
