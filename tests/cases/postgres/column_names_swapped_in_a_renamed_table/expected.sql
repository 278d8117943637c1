-- up
-- Locks: ACCESS EXCLUSIVE on a, for a moment
ALTER TABLE public.a RENAME TO b;

-- Locks: ACCESS EXCLUSIVE on b, for a moment
ALTER TABLE public.b RENAME COLUMN x TO y__renamed;

-- Locks: ACCESS EXCLUSIVE on b, for a moment
ALTER TABLE public.b RENAME COLUMN y TO x;

-- Locks: ACCESS EXCLUSIVE on b, for a moment
ALTER TABLE public.b RENAME COLUMN y__renamed TO y;

-- down
-- Locks: ACCESS EXCLUSIVE on b, for a moment
ALTER TABLE public.b RENAME TO a;

-- Locks: ACCESS EXCLUSIVE on a, for a moment
ALTER TABLE public.a RENAME COLUMN y TO x__renamed;

-- Locks: ACCESS EXCLUSIVE on a, for a moment
ALTER TABLE public.a RENAME COLUMN x TO y;

-- Locks: ACCESS EXCLUSIVE on a, for a moment
ALTER TABLE public.a RENAME COLUMN x__renamed TO x;
