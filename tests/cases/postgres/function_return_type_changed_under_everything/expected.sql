-- on: postgres 12-15
-- up
-- in a transaction
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP POLICY mine ON public.users;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP TRIGGER touched ON public.users;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP RULE stay ON public.users;

DROP FUNCTION public.calmer(integer);

-- Locks: ACCESS EXCLUSIVE on kept, for a moment
DROP MATERIALIZED VIEW public.kept;

DROP VIEW public.calms;
DROP INDEX public.users_calm;
ALTER DOMAIN public.count DROP CONSTRAINT count_check;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users DROP CONSTRAINT grown;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ALTER COLUMN age DROP DEFAULT;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users DROP COLUMN twice;

DROP FUNCTION public.calm(integer);

-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.calm(integer)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT $1$function$;

RESET check_function_bodies;

CREATE OR REPLACE FUNCTION public.calmer(integer)
 RETURNS bigint
 LANGUAGE sql
RETURN public.calm($1);

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ALTER COLUMN age SET DEFAULT public.calm(3);

-- Locks: ACCESS EXCLUSIVE on users, while the table is rewritten
ALTER TABLE public.users ADD COLUMN twice bigint GENERATED ALWAYS AS ((public.calm(id) * 2)) STORED;

ALTER DOMAIN public.count ADD CONSTRAINT count_check CHECK ((public.calm(VALUE) > 0)) NOT VALID;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ADD CONSTRAINT grown CHECK ((public.calm(age) > 0)) NOT VALID;

CREATE VIEW public.calms AS
SELECT public.calm(users.age) AS age
   FROM public.users;

ALTER VIEW public.calms ALTER COLUMN age SET DEFAULT 3;
COMMENT ON VIEW public.calms IS 'calm';
COMMENT ON COLUMN public.calms.age IS 'the age';

CREATE MATERIALIZED VIEW public.kept AS
SELECT calms.age
   FROM public.calms;

-- Locks: SHARE on kept, while every row is read
CREATE UNIQUE INDEX kept_age ON public.kept USING btree (age);

COMMENT ON INDEX public.kept_age IS 'one each';

-- Locks: ACCESS EXCLUSIVE on users, for a moment
CREATE RULE stay AS
    ON DELETE TO public.users
   WHERE (public.calm(old.id) = 1) DO INSTEAD NOTHING;

-- Locks: SHARE ROW EXCLUSIVE on users, for a moment
CREATE TRIGGER touched BEFORE UPDATE ON public.users FOR EACH ROW WHEN ((public.calm(new.id) > 1)) EXECUTE FUNCTION public.touch();

-- Locks: ACCESS EXCLUSIVE on users, for a moment
CREATE POLICY mine ON public.users AS PERMISSIVE FOR ALL TO PUBLIC USING ((public.calm(id) > 1));

COMMENT ON POLICY mine ON public.users IS 'policy';

-- outside a transaction
CREATE INDEX CONCURRENTLY users_calm ON public.users USING btree (public.calm(age));

-- in a transaction
ALTER DOMAIN public.count VALIDATE CONSTRAINT count_check;
ALTER TABLE public.users VALIDATE CONSTRAINT grown;

-- down
-- in a transaction
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP POLICY mine ON public.users;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP TRIGGER touched ON public.users;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP RULE stay ON public.users;

DROP FUNCTION public.calmer(integer);

-- Locks: ACCESS EXCLUSIVE on kept, for a moment
DROP MATERIALIZED VIEW public.kept;

DROP VIEW public.calms;
DROP INDEX public.users_calm;
ALTER DOMAIN public.count DROP CONSTRAINT count_check;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users DROP CONSTRAINT grown;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ALTER COLUMN age DROP DEFAULT;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users DROP COLUMN twice;

DROP FUNCTION public.calm(integer);

-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.calm(integer)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT $1$function$;

RESET check_function_bodies;

CREATE OR REPLACE FUNCTION public.calmer(integer)
 RETURNS bigint
 LANGUAGE sql
RETURN public.calm($1);

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ALTER COLUMN age SET DEFAULT public.calm(3);

-- Locks: ACCESS EXCLUSIVE on users, while the table is rewritten
ALTER TABLE public.users ADD COLUMN twice bigint GENERATED ALWAYS AS ((public.calm(id) * 2)) STORED;

ALTER DOMAIN public.count ADD CONSTRAINT count_check CHECK ((public.calm(VALUE) > 0)) NOT VALID;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ADD CONSTRAINT grown CHECK ((public.calm(age) > 0)) NOT VALID;

CREATE VIEW public.calms AS
SELECT public.calm(users.age) AS age
   FROM public.users;

ALTER VIEW public.calms ALTER COLUMN age SET DEFAULT 3;
COMMENT ON VIEW public.calms IS 'calm';
COMMENT ON COLUMN public.calms.age IS 'the age';

CREATE MATERIALIZED VIEW public.kept AS
SELECT calms.age
   FROM public.calms;

-- Locks: SHARE on kept, while every row is read
CREATE UNIQUE INDEX kept_age ON public.kept USING btree (age);

COMMENT ON INDEX public.kept_age IS 'one each';

-- Locks: ACCESS EXCLUSIVE on users, for a moment
CREATE RULE stay AS
    ON DELETE TO public.users
   WHERE (public.calm(old.id) = 1) DO INSTEAD NOTHING;

-- Locks: SHARE ROW EXCLUSIVE on users, for a moment
CREATE TRIGGER touched BEFORE UPDATE ON public.users FOR EACH ROW WHEN ((public.calm(new.id) > 1)) EXECUTE FUNCTION public.touch();

-- Locks: ACCESS EXCLUSIVE on users, for a moment
CREATE POLICY mine ON public.users AS PERMISSIVE FOR ALL TO PUBLIC USING ((public.calm(id) > 1));

COMMENT ON POLICY mine ON public.users IS 'policy';

-- outside a transaction
CREATE INDEX CONCURRENTLY users_calm ON public.users USING btree (public.calm(age));

-- in a transaction
ALTER DOMAIN public.count VALIDATE CONSTRAINT count_check;
ALTER TABLE public.users VALIDATE CONSTRAINT grown;
