-- on: postgres 12-15
-- up
-- in a transaction
DROP VIEW public.names;
DROP INDEX public.by_nick;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users DROP CONSTRAINT users_name_key;

ALTER COLLATION public.ci RENAME TO ci__old;
CREATE COLLATION public.ci (provider = icu, locale = 'und');
ALTER DOMAIN public.label RENAME TO label__old;

CREATE DOMAIN public.label AS text COLLATE public.ci
    CONSTRAINT label_check CHECK ((VALUE <> ''::text));

-- Locks: ACCESS EXCLUSIVE on users, while the table is rewritten
ALTER TABLE public.users ALTER COLUMN name TYPE text COLLATE public.ci, ALTER COLUMN tag TYPE public.label USING tag::text::public.label;

CREATE VIEW public.names AS
SELECT users.name
   FROM public.users
  WHERE (((users.nick)::text COLLATE public.ci) = 'x'::text);

DROP DOMAIN public.label__old;
DROP COLLATION public.ci__old;

-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY users_name_key ON public.users (name);
CREATE INDEX CONCURRENTLY by_nick ON public.users USING btree (nick COLLATE public.ci);

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ADD CONSTRAINT users_name_key UNIQUE USING INDEX users_name_key;

-- down
-- in a transaction
DROP VIEW public.names;
DROP INDEX public.by_nick;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users DROP CONSTRAINT users_name_key;

ALTER COLLATION public.ci RENAME TO ci__old;
CREATE COLLATION public.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
ALTER DOMAIN public.label RENAME TO label__old;

CREATE DOMAIN public.label AS text COLLATE public.ci
    CONSTRAINT label_check CHECK ((VALUE <> ''::text));

-- Locks: ACCESS EXCLUSIVE on users, while the table is rewritten
ALTER TABLE public.users ALTER COLUMN name TYPE text COLLATE public.ci, ALTER COLUMN tag TYPE public.label USING tag::text::public.label;

CREATE VIEW public.names AS
SELECT users.name
   FROM public.users
  WHERE (((users.nick)::text COLLATE public.ci) = 'x'::text);

DROP DOMAIN public.label__old;
DROP COLLATION public.ci__old;

-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY users_name_key ON public.users (name);
CREATE INDEX CONCURRENTLY by_nick ON public.users USING btree (nick COLLATE public.ci);

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ADD CONSTRAINT users_name_key UNIQUE USING INDEX users_name_key;
