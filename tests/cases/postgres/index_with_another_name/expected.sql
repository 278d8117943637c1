-- up
-- outside a transaction
CREATE INDEX CONCURRENTLY two ON public.t USING btree (name);
DROP INDEX CONCURRENTLY public.one;

-- down
DROP INDEX public.two;

-- Locks: SHARE on t, while every row is read
CREATE INDEX one ON public.t USING btree (name);
