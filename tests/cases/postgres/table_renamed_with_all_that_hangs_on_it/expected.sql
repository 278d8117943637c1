-- on: postgres 12-17
-- up
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users RENAME TO people;

-- down
-- Locks: ACCESS EXCLUSIVE on people, for a moment
ALTER TABLE public.people RENAME TO users;
