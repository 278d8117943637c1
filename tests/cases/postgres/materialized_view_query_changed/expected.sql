-- on: postgres 12-15
-- up
-- Locks: ACCESS EXCLUSIVE on m, for a moment
DROP MATERIALIZED VIEW public.m;

CREATE MATERIALIZED VIEW public.m AS
SELECT users.id,
    users.name,
    users.age
   FROM public.users
  WHERE (users.id > 0);

COMMENT ON MATERIALIZED VIEW public.m IS 'kept';

-- Locks: SHARE on m, while every row is read
CREATE INDEX m_id ON public.m USING btree (id);

-- down
-- Locks: ACCESS EXCLUSIVE on m, for a moment
DROP MATERIALIZED VIEW public.m;

CREATE MATERIALIZED VIEW public.m AS
SELECT users.id,
    users.name
   FROM public.users;

COMMENT ON MATERIALIZED VIEW public.m IS 'kept';

-- Locks: SHARE on m, while every row is read
CREATE INDEX m_id ON public.m USING btree (id);
