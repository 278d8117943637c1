-- on: postgres 12-15
-- up
DROP VIEW public.v;

CREATE VIEW public.v AS
SELECT (users.id)::bigint AS id
   FROM public.users;

-- down
DROP VIEW public.v;

CREATE VIEW public.v AS
SELECT users.id
   FROM public.users;
