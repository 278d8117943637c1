-- up
CREATE SEQUENCE public.numbers INCREMENT BY -2;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN id SET DEFAULT nextval('public.numbers'::regclass);

-- the numbers of t.id continue after the existing rows
SELECT setval('public.numbers', min(id)) FROM public.t WHERE id <= (SELECT last_value FROM public.numbers);

-- down
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN id DROP DEFAULT;

-- LOSES the position of numbers
DROP SEQUENCE public.numbers;
