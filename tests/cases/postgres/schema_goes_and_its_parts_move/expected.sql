-- up
CREATE TYPE public.mood AS ENUM (
    'x'
);

-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.f(public.mood)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$;

RESET check_function_bodies;

CREATE TABLE public.t (
    id integer NOT NULL,
    m public.mood,
    CONSTRAINT t_pkey PRIMARY KEY (id)
);

DROP FUNCTION a.f(a.mood);

-- LOSES all rows of a.t
-- Locks: ACCESS EXCLUSIVE on a.t, for a moment
DROP TABLE a.t;

DROP TYPE a.mood;
DROP SCHEMA a;

-- down
CREATE SCHEMA a;

CREATE TYPE a.mood AS ENUM (
    'x'
);

-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE FUNCTION a.f(a.mood)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$;

RESET check_function_bodies;

CREATE TABLE a.t (
    id integer NOT NULL,
    m a.mood,
    CONSTRAINT t_pkey PRIMARY KEY (id)
);

DROP FUNCTION public.f(public.mood);

-- LOSES all rows of t
-- Locks: ACCESS EXCLUSIVE on t, for a moment
DROP TABLE public.t;

DROP TYPE public.mood;
