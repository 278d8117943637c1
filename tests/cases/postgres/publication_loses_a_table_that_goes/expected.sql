-- up
-- LOSES all rows of t
-- LOSES the membership of public.t in publication pub
-- Locks: ACCESS EXCLUSIVE on t, for a moment
DROP TABLE public.t;
