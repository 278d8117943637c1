-- up
CREATE SEQUENCE public.numbers;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN id SET DEFAULT nextval('public.numbers'::regclass);

-- the numbers of t.id continue after the existing rows
SELECT setval('public.numbers', max(id)) FROM public.t WHERE id >= (SELECT last_value FROM public.numbers);

-- Locks: ACCESS EXCLUSIVE on u, for a moment
ALTER TABLE public.u ALTER COLUMN id SET DEFAULT nextval('public.numbers'::regclass);

-- the numbers of u.id continue after the existing rows
SELECT setval('public.numbers', max(id)) FROM public.u WHERE id >= (SELECT last_value FROM public.numbers);

-- down
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN id DROP DEFAULT;

-- Locks: ACCESS EXCLUSIVE on u, for a moment
ALTER TABLE public.u ALTER COLUMN id DROP DEFAULT;

-- LOSES the position of numbers
DROP SEQUENCE public.numbers;
