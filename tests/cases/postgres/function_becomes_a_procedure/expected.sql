-- on: postgres 14+
-- up
DROP FUNCTION public.f(integer);

-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE PROCEDURE public.f(IN a integer)
 LANGUAGE sql
AS $procedure$SELECT 1$procedure$;

RESET check_function_bodies;

-- down
DROP PROCEDURE public.f(integer);

-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.f(a integer)
 RETURNS void
 LANGUAGE sql
AS $function$SELECT 1$function$;

RESET check_function_bodies;
