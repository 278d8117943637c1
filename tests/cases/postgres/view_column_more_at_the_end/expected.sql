-- on: postgres 12-15
-- up
CREATE OR REPLACE VIEW public.v AS
SELECT users.id,
    users.name
   FROM public.users;

-- down
DROP VIEW public.v;

CREATE VIEW public.v AS
SELECT users.id
   FROM public.users;
