-- on: postgres 12-15
-- up
DROP VIEW public.w;
DROP VIEW public.v;

-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN id TYPE bigint;

CREATE VIEW public.v AS
SELECT t.id,
    t.name
   FROM public.t;

CREATE VIEW public.w AS
SELECT (v.id + 1) AS more
   FROM public.v;

-- down
DROP VIEW public.w;
DROP VIEW public.v;

-- LOSES values of t.id that do not fit into integer (it was bigint); it fails on values that it cannot cast
-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN id TYPE integer;

CREATE VIEW public.v AS
SELECT t.id,
    t.name
   FROM public.t;

CREATE VIEW public.w AS
SELECT (v.id + 1) AS more
   FROM public.v;
