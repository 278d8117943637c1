-- up
ALTER DOMAIN public.number RENAME TO number__old;

CREATE DOMAIN public.number AS bigint
    CONSTRAINT n CHECK ((VALUE > 0));

-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN a DROP DEFAULT, ALTER COLUMN a TYPE public.number USING a::text::public.number, ALTER COLUMN a SET DEFAULT 1;

DROP DOMAIN public.number__old;

-- down
-- LOSES values of number that do not fit into integer (it was bigint); it fails on values that it cannot cast
ALTER DOMAIN public.number RENAME TO number__old;

CREATE DOMAIN public.number AS integer
    CONSTRAINT n CHECK ((VALUE > 0));

-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN a DROP DEFAULT, ALTER COLUMN a TYPE public.number USING a::text::public.number, ALTER COLUMN a SET DEFAULT 1;

DROP DOMAIN public.number__old;
