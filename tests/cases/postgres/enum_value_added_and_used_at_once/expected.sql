-- up
-- in a transaction
ALTER TYPE public.mood ADD VALUE 'great';

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p ALTER COLUMN m SET DEFAULT 'great'::public.mood;

-- down
-- mood loses 'great': it fails while a row holds one of them; give these rows another value first
ALTER TYPE public.mood RENAME TO mood__old;

CREATE TYPE public.mood AS ENUM (
    'sad',
    'ok',
    'happy'
);

-- Locks: ACCESS EXCLUSIVE on p, while the table is rewritten
ALTER TABLE public.p ALTER COLUMN m DROP DEFAULT, ALTER COLUMN m TYPE public.mood USING m::text::public.mood, ALTER COLUMN m SET DEFAULT 'ok'::public.mood;

DROP TYPE public.mood__old;
