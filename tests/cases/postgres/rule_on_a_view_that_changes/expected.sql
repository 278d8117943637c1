-- on: postgres 12-15
-- up
DROP VIEW public.v;

CREATE VIEW public.v AS
SELECT users.name,
    users.id
   FROM public.users;

CREATE RULE r AS
    ON INSERT TO public.v DO INSTEAD  INSERT INTO public.users (id, name)
  VALUES (new.id, new.name);

-- down
DROP VIEW public.v;

CREATE VIEW public.v AS
SELECT users.id,
    users.name
   FROM public.users;

CREATE RULE r AS
    ON INSERT TO public.v DO INSTEAD  INSERT INTO public.users (id, name)
  VALUES (new.id, new.name);
