-- on: postgres 12-15
-- up
CREATE VIEW public.grown AS
SELECT users.id,
    users.name
   FROM public.users
  WHERE (users.age >= 18);

-- down
DROP VIEW public.grown;
