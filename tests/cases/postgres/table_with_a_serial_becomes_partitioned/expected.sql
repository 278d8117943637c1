-- on: postgres 12-17
-- up
-- Locks: ACCESS EXCLUSIVE on t, while all its rows are written twice
LOCK TABLE public.t;

CREATE TABLE public.t__rows AS SELECT k, s, n FROM public.t;
ALTER SEQUENCE public.t_s_seq OWNED BY NONE;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
DROP TABLE public.t;

CREATE TABLE public.t (
    k integer,
    s integer DEFAULT nextval('public.t_s_seq'::regclass) NOT NULL,
    n text
)
PARTITION BY LIST (k);

CREATE TABLE public.t1 (
    k integer,
    s integer DEFAULT nextval('public.t_s_seq'::regclass) NOT NULL,
    n text
);

ALTER SEQUENCE public.t_s_seq OWNED BY public.t.s;
ALTER TABLE ONLY public.t ATTACH PARTITION public.t1 FOR VALUES IN (1);
CREATE INDEX t1_n_idx ON public.t1 USING btree (n);

-- Locks: SHARE on t, while every row is read
CREATE INDEX t_n ON ONLY public.t USING btree (n);

ALTER INDEX public.t_n ATTACH PARTITION public.t1_n_idx;
INSERT INTO public.t (k, s, n) OVERRIDING SYSTEM VALUE SELECT k, s, n FROM public.t__rows;
DROP TABLE public.t__rows;

-- the numbers of t.s continue after the existing rows
SELECT setval('public.t_s_seq', max(s)) FROM public.t WHERE s >= (SELECT last_value FROM public.t_s_seq);

-- down
-- Locks: ACCESS EXCLUSIVE on t, while all its rows are written twice
LOCK TABLE public.t;

CREATE TABLE public.t__rows AS SELECT k, s, n FROM public.t;
ALTER SEQUENCE public.t_s_seq OWNED BY NONE;

-- Locks: ACCESS EXCLUSIVE on t1, for a moment
DROP TABLE public.t1;

-- Locks: ACCESS EXCLUSIVE on t, for a moment
DROP TABLE public.t;

CREATE TABLE public.t (
    k integer,
    s integer DEFAULT nextval('public.t_s_seq'::regclass) NOT NULL,
    n text
);

-- Locks: SHARE on t, while every row is read
CREATE INDEX t_n ON public.t USING btree (n);

ALTER SEQUENCE public.t_s_seq OWNED BY public.t.s;
INSERT INTO public.t (k, s, n) OVERRIDING SYSTEM VALUE SELECT k, s, n FROM public.t__rows;
DROP TABLE public.t__rows;

-- the numbers of t.s continue after the existing rows
SELECT setval('public.t_s_seq', max(s)) FROM public.t WHERE s >= (SELECT last_value FROM public.t_s_seq);
