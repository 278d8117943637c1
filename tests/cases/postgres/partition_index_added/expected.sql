-- up
-- outside a transaction
CREATE INDEX CONCURRENTLY events_2024_what_idx ON public.events_2024 USING btree (what);
CREATE INDEX CONCURRENTLY events_2025_what_idx ON public.events_2025 USING btree (what);

-- Locks: SHARE on events, for a moment
CREATE INDEX events_what ON ONLY public.events USING btree (what);

ALTER INDEX public.events_what ATTACH PARTITION public.events_2024_what_idx;
ALTER INDEX public.events_what ATTACH PARTITION public.events_2025_what_idx;

-- down
DROP INDEX public.events_what;
