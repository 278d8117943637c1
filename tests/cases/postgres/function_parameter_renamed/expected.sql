-- up
DROP FUNCTION public.f(integer);

-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.f(b integer)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$;

RESET check_function_bodies;

-- down
DROP FUNCTION public.f(integer);

-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.f(a integer)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$;

RESET check_function_bodies;
