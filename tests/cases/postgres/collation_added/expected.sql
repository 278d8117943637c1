-- up
-- in a transaction
CREATE COLLATION public.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

CREATE DOMAIN public.label AS text COLLATE public.ci
    CONSTRAINT label_check CHECK ((VALUE <> ''::text));

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ALTER COLUMN name TYPE text COLLATE public.ci;

-- outside a transaction
CREATE INDEX CONCURRENTLY by_nick ON public.users USING btree (nick COLLATE public.ci);

-- down
-- in a transaction
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ALTER COLUMN name TYPE text;

DROP DOMAIN public.label;

-- outside a transaction
DROP INDEX CONCURRENTLY public.by_nick;

-- in a transaction
DROP COLLATION public.ci;
