-- up
CREATE TYPE public.mood AS ENUM (
    'sad',
    'ok',
    'happy'
);

-- LOSES values of p.m that do not fit into public.mood (it was text); it fails on values that it cannot cast
-- Locks: ACCESS EXCLUSIVE on p, while the table is rewritten
ALTER TABLE public.p ALTER COLUMN m DROP DEFAULT, ALTER COLUMN m TYPE public.mood USING m::public.mood, ALTER COLUMN m SET DEFAULT 'ok'::public.mood;

-- down
-- Locks: ACCESS EXCLUSIVE on p, while the table is rewritten
ALTER TABLE public.p ALTER COLUMN m DROP DEFAULT, ALTER COLUMN m TYPE text, ALTER COLUMN m SET DEFAULT 'ok'::text;

DROP TYPE public.mood;
