-- on: postgres 12-15
-- up
CREATE VIEW public.z AS
SELECT users.id,
    users.name,
    users.age,
    users.born
   FROM public.users;

CREATE VIEW public.b AS
SELECT z.id,
    z.name
   FROM public.z;

CREATE VIEW public.a AS
SELECT b.name
   FROM public.b;

-- down
DROP VIEW public.a;
DROP VIEW public.b;
DROP VIEW public.z;
