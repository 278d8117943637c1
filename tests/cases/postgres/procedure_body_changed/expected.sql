-- up
-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE PROCEDURE public.p()
 LANGUAGE sql
AS $procedure$SELECT 2$procedure$;

RESET check_function_bodies;

-- down
-- bodies may use what is created later, or what only another search_path finds
SET check_function_bodies = off;

CREATE OR REPLACE PROCEDURE public.p()
 LANGUAGE sql
AS $procedure$SELECT 1$procedure$;

RESET check_function_bodies;
