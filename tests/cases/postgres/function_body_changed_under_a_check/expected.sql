-- up
-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.good(integer)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT $1 >= 0$function$;

RESET check_function_bodies;

-- down
-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.good(integer)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT $1 > 0$function$;

RESET check_function_bodies;
