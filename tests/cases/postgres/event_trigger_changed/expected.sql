-- up
DROP EVENT TRIGGER watch;
CREATE EVENT TRIGGER watch ON ddl_command_start EXECUTE FUNCTION public.seen();

-- down
DROP EVENT TRIGGER watch;
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION public.seen();
