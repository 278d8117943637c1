-- up
-- outside a transaction
CREATE INDEX CONCURRENTLY i__new ON public.t USING btree (age);
DROP INDEX CONCURRENTLY public.i;
ALTER INDEX public.i__new RENAME TO i;

-- down
-- outside a transaction
CREATE INDEX CONCURRENTLY i__new ON public.t USING btree (name);
DROP INDEX CONCURRENTLY public.i;
ALTER INDEX public.i__new RENAME TO i;
