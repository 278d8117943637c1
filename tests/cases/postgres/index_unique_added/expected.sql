-- up
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY i ON public.t USING btree (name);

-- down
DROP INDEX public.i;
