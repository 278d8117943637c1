-- on: postgres 12-15
-- up
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t RENAME COLUMN mail TO email;

DROP VIEW public.v;

CREATE VIEW public.v AS
SELECT t.email
   FROM public.t;

-- down
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t RENAME COLUMN email TO mail;

DROP VIEW public.v;

CREATE VIEW public.v AS
SELECT t.mail
   FROM public.t;
