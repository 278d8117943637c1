CREATE PROCEDURE p(a integer, OUT b integer) LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN b := a; END $$;
