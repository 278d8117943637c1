-- on: postgres 12-15
-- up
DROP FUNCTION public.oldest();

-- Locks: ACCESS EXCLUSIVE on ages, for a moment
DROP MATERIALIZED VIEW public.ages;

DROP VIEW public.people;

-- Locks: ACCESS EXCLUSIVE on users, while the table is rewritten
ALTER TABLE public.users ALTER COLUMN age TYPE bigint;

CREATE VIEW public.people WITH (security_barrier='true') AS
SELECT users.id,
    users.name,
    users.age
   FROM public.users
  WHERE (users.age > 1);

ALTER VIEW public.people ALTER COLUMN age SET DEFAULT 18;
COMMENT ON VIEW public.people IS 'all';
COMMENT ON COLUMN public.people.age IS 'in years';
GRANT UPDATE (name) ON TABLE public.people TO case_writer;
ALTER VIEW public.people OWNER TO case_owner;
GRANT SELECT ON TABLE public.people TO case_reader;

-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.oldest()
 RETURNS public.people
 LANGUAGE sql
AS $function$SELECT * FROM people ORDER BY age DESC LIMIT 1$function$;

RESET check_function_bodies;
ALTER FUNCTION public.oldest() OWNER TO case_owner;
REVOKE EXECUTE ON FUNCTION public.oldest() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.oldest() TO case_reader;

CREATE MATERIALIZED VIEW public.ages AS
SELECT people.age,
    count(*) AS count
   FROM public.people
  GROUP BY people.age;

-- Locks: ACCESS EXCLUSIVE on ages, for a moment
ALTER MATERIALIZED VIEW public.ages OWNER TO case_owner;

GRANT SELECT ON TABLE public.ages TO case_reader;

-- Locks: SHARE on ages, while every row is read
CREATE INDEX ages_age ON public.ages USING btree (age) WITH (fillfactor='80');

CREATE RULE kept AS
    ON DELETE TO public.people DO INSTEAD NOTHING;

CREATE TRIGGER touched INSTEAD OF INSERT ON public.people FOR EACH ROW EXECUTE FUNCTION public.touch();
COMMENT ON TRIGGER touched ON public.people IS 'touching';

-- down
DROP FUNCTION public.oldest();

-- Locks: ACCESS EXCLUSIVE on ages, for a moment
DROP MATERIALIZED VIEW public.ages;

DROP VIEW public.people;

-- LOSES values of users.age that do not fit into integer (it was bigint); it fails on values that it cannot
-- cast
-- Locks: ACCESS EXCLUSIVE on users, while the table is rewritten
ALTER TABLE public.users ALTER COLUMN age TYPE integer;

CREATE VIEW public.people WITH (security_barrier='true') AS
SELECT users.id,
    users.name,
    users.age
   FROM public.users
  WHERE (users.age > 1);

ALTER VIEW public.people ALTER COLUMN age SET DEFAULT 18;
COMMENT ON VIEW public.people IS 'all';
COMMENT ON COLUMN public.people.age IS 'in years';
GRANT UPDATE (name) ON TABLE public.people TO case_writer;
ALTER VIEW public.people OWNER TO case_owner;
GRANT SELECT ON TABLE public.people TO case_reader;

-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.oldest()
 RETURNS public.people
 LANGUAGE sql
AS $function$SELECT * FROM people ORDER BY age DESC LIMIT 1$function$;

RESET check_function_bodies;
ALTER FUNCTION public.oldest() OWNER TO case_owner;
REVOKE EXECUTE ON FUNCTION public.oldest() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.oldest() TO case_reader;

CREATE MATERIALIZED VIEW public.ages AS
SELECT people.age,
    count(*) AS count
   FROM public.people
  GROUP BY people.age;

-- Locks: ACCESS EXCLUSIVE on ages, for a moment
ALTER MATERIALIZED VIEW public.ages OWNER TO case_owner;

GRANT SELECT ON TABLE public.ages TO case_reader;

-- Locks: SHARE on ages, while every row is read
CREATE INDEX ages_age ON public.ages USING btree (age) WITH (fillfactor='80');

CREATE RULE kept AS
    ON DELETE TO public.people DO INSTEAD NOTHING;

CREATE TRIGGER touched INSTEAD OF INSERT ON public.people FOR EACH ROW EXECUTE FUNCTION public.touch();
COMMENT ON TRIGGER touched ON public.people IS 'touching';
