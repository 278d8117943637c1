-- on: postgres 12-17
-- up
ALTER TABLE public.users RENAME TO people;

-- down
ALTER TABLE public.people RENAME TO users;
