-- up
-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p DETACH PARTITION public.p20;

CREATE TABLE public.p20b (
    at integer
);

-- fails while a row of p20 is outside of the bound
-- Locks: ACCESS EXCLUSIVE on p20, while every row is read
ALTER TABLE public.p ATTACH PARTITION public.p20 FOR VALUES FROM (0) TO (5);

ALTER TABLE ONLY public.p ATTACH PARTITION public.p20b FOR VALUES FROM (5) TO (10);

-- down
-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p DETACH PARTITION public.p20;

-- Locks: ACCESS EXCLUSIVE on p, for a moment
ALTER TABLE public.p DETACH PARTITION public.p20b;

-- fails while a row of p20 is outside of the bound
-- Locks: ACCESS EXCLUSIVE on p20, while every row is read
ALTER TABLE public.p ATTACH PARTITION public.p20 FOR VALUES FROM (0) TO (10);

-- LOSES all rows of p20b
-- Locks: ACCESS EXCLUSIVE on p20b, for a moment
DROP TABLE public.p20b;
