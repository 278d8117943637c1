-- on: postgres 12-15
-- up
DROP VIEW public.v;

CREATE MATERIALIZED VIEW public.v AS
SELECT users.id
   FROM public.users;

-- down
-- Locks: ACCESS EXCLUSIVE on v, for a moment
DROP MATERIALIZED VIEW public.v;

CREATE VIEW public.v AS
SELECT users.id
   FROM public.users;
