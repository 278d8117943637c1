-- up
CREATE SEQUENCE public.numbers AS integer MINVALUE 10 MAXVALUE 1000;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN id SET DEFAULT nextval('public.numbers'::regclass);

-- the numbers of t.id continue after the existing rows
SELECT setval('public.numbers', max(id)) FROM public.t WHERE id >= (SELECT last_value FROM public.numbers) AND id <= 1000;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN n SET DEFAULT nextval('public.numbers'::regclass);

-- the numbers of t.n continue after the existing rows
SELECT setval('public.numbers', max(n)::bigint) FROM public.t WHERE n >= (SELECT last_value FROM public.numbers) AND n <= 1000;

-- down
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN id DROP DEFAULT, ALTER COLUMN n DROP DEFAULT;

-- LOSES the position of numbers
DROP SEQUENCE public.numbers;
