-- on: postgres 12-15
-- up
DROP VIEW public.c;
DROP VIEW public.b;
DROP VIEW public.a;

CREATE VIEW public.a AS
SELECT users.id,
    users.name,
    users.born
   FROM public.users;

CREATE VIEW public.b AS
SELECT a.id
   FROM public.a;

CREATE VIEW public.c AS
SELECT b.id
   FROM public.b;

-- LOSES the values of users.age
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users DROP COLUMN age;

-- down
DROP VIEW public.c;
DROP VIEW public.b;
DROP VIEW public.a;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ADD COLUMN age integer;

CREATE VIEW public.a AS
SELECT users.id,
    users.name,
    users.age,
    users.born
   FROM public.users;

CREATE VIEW public.b AS
SELECT a.id,
    a.age
   FROM public.a;

CREATE VIEW public.c AS
SELECT b.id
   FROM public.b;
