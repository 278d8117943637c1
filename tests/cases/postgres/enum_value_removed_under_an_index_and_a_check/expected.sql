-- up
-- in a transaction
DROP INDEX public.p_m_index;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p DROP CONSTRAINT p_m;

-- mood loses 'happy': it fails while a row holds one of them; give these rows another value first
ALTER TYPE public.mood RENAME TO mood__old;

CREATE TYPE public.mood AS ENUM (
    'sad',
    'ok'
);

-- Locks: ACCESS EXCLUSIVE on p, while the table is rewritten
ALTER TABLE public.p ALTER COLUMN m TYPE public.mood USING m::text::public.mood;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p ADD CONSTRAINT p_m CHECK ((m <> 'sad'::public.mood)) NOT VALID;

DROP TYPE public.mood__old;

-- outside a transaction
CREATE INDEX CONCURRENTLY p_m_index ON public.p USING btree (m) WHERE (m = 'ok'::public.mood);

-- in a transaction
ALTER TABLE public.p VALIDATE CONSTRAINT p_m;

-- down
ALTER TYPE public.mood ADD VALUE 'happy';
