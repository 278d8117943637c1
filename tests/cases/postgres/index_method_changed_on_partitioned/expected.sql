-- up
-- outside a transaction
CREATE INDEX CONCURRENTLY p1_n_idx__new ON public.p1 USING hash (n);
CREATE INDEX CONCURRENTLY p2_n_idx__new ON public.p2 USING hash (n);
DROP INDEX public.p_n;
ALTER INDEX public.p1_n_idx__new RENAME TO p1_n_idx;
ALTER INDEX public.p2_n_idx__new RENAME TO p2_n_idx;

-- Locks: SHARE on p, for a moment
CREATE INDEX p_n ON ONLY public.p USING hash (n);

ALTER INDEX public.p_n ATTACH PARTITION public.p1_n_idx;
ALTER INDEX public.p_n ATTACH PARTITION public.p2_n_idx;

-- down
DROP INDEX public.p_n;

-- Locks: SHARE on p1, while every row is read
CREATE INDEX p1_n_idx ON public.p1 USING btree (n);

-- Locks: SHARE on p2, while every row is read
CREATE INDEX p2_n_idx ON public.p2 USING btree (n);

-- Locks: SHARE on p, for a moment
CREATE INDEX p_n ON ONLY public.p USING btree (n);

ALTER INDEX public.p_n ATTACH PARTITION public.p1_n_idx;
ALTER INDEX public.p_n ATTACH PARTITION public.p2_n_idx;
