-- up
-- outside a transaction
DROP INDEX CONCURRENTLY public.one;
CREATE INDEX CONCURRENTLY two ON public.t USING btree (name);

-- down
DROP INDEX public.two;

-- Locks: SHARE on t, while every row is read
CREATE INDEX one ON public.t USING btree (name);
