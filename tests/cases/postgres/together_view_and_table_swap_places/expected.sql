-- up
DROP VIEW public.b;

CREATE TABLE public.b (
    id integer
);

-- LOSES all rows of a
-- Locks: ACCESS EXCLUSIVE on a, for a moment
DROP TABLE public.a;

CREATE VIEW public.a AS
SELECT 1 AS id;

-- down
DROP VIEW public.a;

CREATE TABLE public.a (
    id integer
);

-- LOSES all rows of b
-- Locks: ACCESS EXCLUSIVE on b, for a moment
DROP TABLE public.b;

CREATE VIEW public.b AS
SELECT 1 AS id;
