-- on: postgres 12-15
-- up
DROP VIEW public.v;
DROP AGGREGATE public.glue(text);

CREATE AGGREGATE public.glue(text) (
    SFUNC = public.step,
    STYPE = text,
    INITCOND = 'x'
);

CREATE VIEW public.v AS
SELECT public.glue(users.name) AS all_names
   FROM public.users;

-- down
DROP VIEW public.v;
DROP AGGREGATE public.glue(text);

CREATE AGGREGATE public.glue(text) (
    SFUNC = public.step,
    STYPE = text
);

CREATE VIEW public.v AS
SELECT public.glue(users.name) AS all_names
   FROM public.users;
