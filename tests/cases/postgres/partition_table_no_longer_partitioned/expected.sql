-- on: postgres 12-17
-- up
-- Locks: ACCESS EXCLUSIVE on events, while all its rows are written twice
LOCK TABLE public.events;

CREATE TABLE public.events__rows AS SELECT id, at, what FROM public.events;

-- Locks: ACCESS EXCLUSIVE on events_2024, for a moment
DROP TABLE public.events_2024;

-- Locks: ACCESS EXCLUSIVE on events, for a moment
DROP TABLE public.events;

CREATE TABLE public.events (
    id bigint NOT NULL,
    at date NOT NULL,
    what text
);

INSERT INTO public.events (id, at, what) OVERRIDING SYSTEM VALUE SELECT id, at, what FROM public.events__rows;
DROP TABLE public.events__rows;

-- down
-- Locks: ACCESS EXCLUSIVE on events, while all its rows are written twice
LOCK TABLE public.events;

CREATE TABLE public.events__rows AS SELECT id, at, what FROM public.events;

-- Locks: ACCESS EXCLUSIVE on events, for a moment
DROP TABLE public.events;

CREATE TABLE public.events (
    id bigint NOT NULL,
    at date NOT NULL,
    what text
)
PARTITION BY RANGE (at);

CREATE TABLE public.events_2024 (
    id bigint NOT NULL,
    at date NOT NULL,
    what text
);

ALTER TABLE ONLY public.events ATTACH PARTITION public.events_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO public.events (id, at, what) OVERRIDING SYSTEM VALUE SELECT id, at, what FROM public.events__rows;
DROP TABLE public.events__rows;
