-- up
-- Locks: ACCESS EXCLUSIVE on tt, for a moment
ALTER TABLE public.tt NOT OF;

-- LOSES values of c.y that do not fit into character varying(5) (it was text); it fails on values that it
-- cannot cast
ALTER TYPE public.c RENAME TO c__old;

CREATE TYPE public.c AS (
    x integer,
    y character varying(5)
);

-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN a TYPE public.c USING CASE WHEN a::text IS NOT NULL THEN ROW((a).x, (a).y::text::character varying(5))::public.c END;

-- LOSES values of tt.y that do not fit into character varying(5) (it was text); it fails on values that it
-- cannot cast
-- Locks: ACCESS EXCLUSIVE on tt, while the table is rewritten
ALTER TABLE public.tt ALTER COLUMN y TYPE character varying(5);

DROP TYPE public.c__old;

-- Locks: ACCESS EXCLUSIVE on tt, for a moment
ALTER TABLE public.tt OF public.c;

-- down
-- Locks: ACCESS EXCLUSIVE on tt, for a moment
ALTER TABLE public.tt NOT OF;

ALTER TYPE public.c RENAME TO c__old;

CREATE TYPE public.c AS (
    x integer,
    y text
);

-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN a TYPE public.c USING CASE WHEN a::text IS NOT NULL THEN ROW((a).x, (a).y::text::text)::public.c END;

-- Locks: ACCESS EXCLUSIVE on tt, for a moment
ALTER TABLE public.tt ALTER COLUMN y TYPE text;

DROP TYPE public.c__old;

-- Locks: ACCESS EXCLUSIVE on tt, for a moment
ALTER TABLE public.tt OF public.c;
