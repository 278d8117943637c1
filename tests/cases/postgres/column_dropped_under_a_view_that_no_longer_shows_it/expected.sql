-- on: postgres 12-15
-- up
DROP VIEW public.v;

CREATE VIEW public.v AS
SELECT t.id
   FROM public.t;

-- LOSES the values of t.a
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t DROP COLUMN a;

-- down
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ADD COLUMN a text;

CREATE OR REPLACE VIEW public.v AS
SELECT t.id,
    t.a
   FROM public.t;
