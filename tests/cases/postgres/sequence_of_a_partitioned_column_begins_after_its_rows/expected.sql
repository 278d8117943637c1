-- up
CREATE SEQUENCE public.t_c_seq;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c SET DEFAULT nextval('public.t_c_seq'::regclass);

-- the numbers of t.c continue after the existing rows
SELECT setval('public.t_c_seq', max(c)) FROM public.t WHERE c >= (SELECT last_value FROM public.t_c_seq);

ALTER SEQUENCE public.t_c_seq OWNED BY public.t.c;

-- down
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c DROP DEFAULT;

-- LOSES the position of t_c_seq
DROP SEQUENCE public.t_c_seq;
