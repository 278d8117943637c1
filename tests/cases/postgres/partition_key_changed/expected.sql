-- on: postgres 12-17
-- up
-- Locks: ACCESS EXCLUSIVE on logs, while all its rows are written twice
LOCK TABLE public.logs;

CREATE TABLE public.logs__rows AS SELECT id, day, body FROM public.logs;

-- Locks: ACCESS EXCLUSIVE on logs_1, for a moment
DROP TABLE public.logs_1;

-- Locks: ACCESS EXCLUSIVE on logs_2, for a moment
DROP TABLE public.logs_2;

-- Locks: ACCESS EXCLUSIVE on logs, for a moment
DROP TABLE public.logs;

CREATE TABLE public.logs (
    id integer NOT NULL,
    day date NOT NULL,
    body character varying(20)
)
PARTITION BY RANGE (id);

CREATE TABLE public.logs_1 (
    id integer NOT NULL,
    day date NOT NULL,
    body character varying(20)
);

CREATE TABLE public.logs_2 (
    id integer NOT NULL,
    day date NOT NULL,
    body character varying(20)
);

-- Locks: ACCESS EXCLUSIVE on logs_1, while every row is read
ALTER TABLE ONLY public.logs ATTACH PARTITION public.logs_1 FOR VALUES FROM (0) TO (10);

-- Locks: ACCESS EXCLUSIVE on logs_2, while every row is read
ALTER TABLE ONLY public.logs ATTACH PARTITION public.logs_2 FOR VALUES FROM (10) TO (20);

INSERT INTO public.logs (id, day, body) OVERRIDING SYSTEM VALUE SELECT id, day, body FROM public.logs__rows;
DROP TABLE public.logs__rows;

-- down
-- Locks: ACCESS EXCLUSIVE on logs, while all its rows are written twice
LOCK TABLE public.logs;

CREATE TABLE public.logs__rows AS SELECT id, day, body FROM public.logs;

-- Locks: ACCESS EXCLUSIVE on logs_1, for a moment
DROP TABLE public.logs_1;

-- Locks: ACCESS EXCLUSIVE on logs_2, for a moment
DROP TABLE public.logs_2;

-- Locks: ACCESS EXCLUSIVE on logs, for a moment
DROP TABLE public.logs;

CREATE TABLE public.logs (
    id integer NOT NULL,
    day date NOT NULL,
    body character varying(20)
)
PARTITION BY RANGE (day);

CREATE TABLE public.logs_1 (
    id integer NOT NULL,
    day date NOT NULL,
    body character varying(20)
);

CREATE TABLE public.logs_2 (
    id integer NOT NULL,
    day date NOT NULL,
    body character varying(20)
);

-- Locks: ACCESS EXCLUSIVE on logs_1, while every row is read
ALTER TABLE ONLY public.logs ATTACH PARTITION public.logs_1 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');

-- Locks: ACCESS EXCLUSIVE on logs_2, while every row is read
ALTER TABLE ONLY public.logs ATTACH PARTITION public.logs_2 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');

INSERT INTO public.logs (id, day, body) OVERRIDING SYSTEM VALUE SELECT id, day, body FROM public.logs__rows;
DROP TABLE public.logs__rows;
