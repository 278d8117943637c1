CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE zones (id integer PRIMARY KEY);
CREATE FUNCTION z() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.zones';
CREATE FUNCTION a() RETURNS bigint LANGUAGE sql AS 'SELECT public.z()';
CREATE PROCEDURE b() LANGUAGE plpgsql AS $$ DECLARE zone public.zones; BEGIN SELECT * INTO zone FROM public.zones; END $$;
