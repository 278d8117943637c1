-- up
CREATE OR REPLACE FUNCTION public.z()
 RETURNS integer
 LANGUAGE sql
RETURN 1;

CREATE OR REPLACE FUNCTION public.a()
 RETURNS integer
 LANGUAGE sql
RETURN (public.z() + 1);

-- down
DROP FUNCTION public.a();
DROP FUNCTION public.z();
