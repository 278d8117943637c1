-- up
-- outside a transaction
-- t.i is INVALID because its build failed: it is built again
DROP INDEX CONCURRENTLY public.i;

CREATE INDEX CONCURRENTLY i ON public.t USING btree (name);

-- down
