-- up
DROP DOMAIN public.b;

CREATE TYPE public.b AS ENUM (
    'x'
);

DROP TYPE public.a;
CREATE DOMAIN public.a AS text;

-- down
DROP DOMAIN public.a;

CREATE TYPE public.a AS ENUM (
    'x'
);

DROP TYPE public.b;
CREATE DOMAIN public.b AS text;
