-- up
-- Locks: ACCESS EXCLUSIVE on dogs, for a moment
ALTER TABLE public.dogs INHERIT public.animals;

-- down
-- Locks: ACCESS EXCLUSIVE on dogs, for a moment
ALTER TABLE public.dogs NO INHERIT public.animals;
