-- on: postgres 12-17
-- up
-- fails while a row of events_2024 is outside of the bound
-- Locks: ACCESS EXCLUSIVE on events_2024, while every row is read
ALTER TABLE public.events ATTACH PARTITION public.events_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

-- down
-- Locks: ACCESS EXCLUSIVE on events, for a moment
ALTER TABLE public.events DETACH PARTITION public.events_2024;
