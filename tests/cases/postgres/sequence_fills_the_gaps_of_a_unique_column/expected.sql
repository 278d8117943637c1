-- up
-- in a transaction
CREATE SEQUENCE public.t_c_seq AS integer;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c SET DEFAULT nextval('public.t_c_seq'::regclass);

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ADD CONSTRAINT c_not_null CHECK (c IS NOT NULL) NOT VALID;

-- the numbers of t.c continue after the existing rows
SELECT setval('public.t_c_seq', max(c)) FROM public.t WHERE c >= (SELECT last_value FROM public.t_c_seq);

-- in a transaction
-- the rows with NULL in t.c get its default
UPDATE public.t SET c = nextval('public.t_c_seq'::regclass) WHERE c IS NULL;

-- in a transaction
ALTER TABLE public.t VALIDATE CONSTRAINT c_not_null;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c SET NOT NULL;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t DROP CONSTRAINT c_not_null;

ALTER SEQUENCE public.t_c_seq OWNED BY public.t.c;

-- down
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c DROP NOT NULL, ALTER COLUMN c DROP DEFAULT;

-- LOSES the position of t_c_seq
DROP SEQUENCE public.t_c_seq;
