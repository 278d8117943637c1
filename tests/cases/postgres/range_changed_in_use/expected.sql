-- on: postgres 14+
-- up
ALTER TYPE public.floats RENAME TO floats__old;
ALTER FUNCTION public.floats(double precision, double precision) RENAME TO floats__old;
ALTER FUNCTION public.floats(double precision, double precision, text) RENAME TO floats__old;
ALTER TYPE public.floats_multirange RENAME TO floats_multirange__old;
ALTER FUNCTION public.floats_multirange() RENAME TO floats_multirange__old;
ALTER FUNCTION public.floats_multirange(public.floats__old) RENAME TO floats_multirange__old;
ALTER FUNCTION public.floats_multirange(public.floats__old[]) RENAME TO floats_multirange__old;
CREATE TYPE public.floats AS RANGE (subtype = double precision, subtype_diff = float8mi, multirange_type_name = public.floats_multirange);

-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN a TYPE public.floats USING a::text::public.floats;

DROP TYPE public.floats__old;

-- down
ALTER TYPE public.floats RENAME TO floats__old;
ALTER FUNCTION public.floats(double precision, double precision) RENAME TO floats__old;
ALTER FUNCTION public.floats(double precision, double precision, text) RENAME TO floats__old;
ALTER TYPE public.floats_multirange RENAME TO floats_multirange__old;
ALTER FUNCTION public.floats_multirange() RENAME TO floats_multirange__old;
ALTER FUNCTION public.floats_multirange(public.floats__old) RENAME TO floats_multirange__old;
ALTER FUNCTION public.floats_multirange(public.floats__old[]) RENAME TO floats_multirange__old;
CREATE TYPE public.floats AS RANGE (subtype = double precision, multirange_type_name = public.floats_multirange);

-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ALTER COLUMN a TYPE public.floats USING a::text::public.floats;

DROP TYPE public.floats__old;
