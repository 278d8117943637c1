-- up
ALTER INDEX public.i SET (fillfactor=80);

-- down
ALTER INDEX public.i SET (fillfactor=70);
