-- up
-- LOSES all rows of users
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP TABLE public.users;

-- down
CREATE TABLE public.users (
    id integer,
    name text
);
