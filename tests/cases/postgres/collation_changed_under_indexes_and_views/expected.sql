-- on: postgres 12-15
-- up
DROP VIEW public.v;

-- Locks: ACCESS EXCLUSIVE on t, while every row is read
ALTER TABLE public.t ALTER COLUMN name TYPE text COLLATE "POSIX";

CREATE VIEW public.v AS
SELECT t.name
   FROM public.t;

-- down
DROP VIEW public.v;

-- Locks: ACCESS EXCLUSIVE on t, while every row is read
ALTER TABLE public.t ALTER COLUMN name TYPE text;

CREATE VIEW public.v AS
SELECT t.name
   FROM public.t;
