-- on: postgres 12-17
-- up
CREATE TABLE public.events_2025 (
    id bigint NOT NULL,
    at date NOT NULL,
    what text,
    CONSTRAINT events_2025_pkey PRIMARY KEY (id, at)
);

CREATE INDEX events_2025_what_idx ON public.events_2025 USING btree (what);
ALTER TABLE ONLY public.events ATTACH PARTITION public.events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER INDEX public.events_pkey ATTACH PARTITION public.events_2025_pkey;
ALTER INDEX public.events_what ATTACH PARTITION public.events_2025_what_idx;

-- down
-- LOSES all rows of events_2025
-- Locks: ACCESS EXCLUSIVE on events_2025, for a moment
DROP TABLE public.events_2025;
