-- up
CREATE TABLE public.a (
    id integer NOT NULL,
    b integer,
    CONSTRAINT a_pkey PRIMARY KEY (id)
);

CREATE TABLE public.b (
    id integer NOT NULL,
    c integer,
    CONSTRAINT b_pkey PRIMARY KEY (id)
);

CREATE TABLE public.c (
    id integer NOT NULL,
    a integer,
    CONSTRAINT c_pkey PRIMARY KEY (id)
);

ALTER TABLE ONLY public.a ADD CONSTRAINT a_b_fkey FOREIGN KEY (b) REFERENCES public.b(id);
ALTER TABLE ONLY public.b ADD CONSTRAINT b_c_fkey FOREIGN KEY (c) REFERENCES public.c(id);
ALTER TABLE ONLY public.c ADD CONSTRAINT c_a_fkey FOREIGN KEY (a) REFERENCES public.a(id);

-- down
-- Locks: ACCESS EXCLUSIVE on a, for a moment
ALTER TABLE public.a DROP CONSTRAINT a_b_fkey;

-- Locks: ACCESS EXCLUSIVE on b, for a moment
ALTER TABLE public.b DROP CONSTRAINT b_c_fkey;

-- Locks: ACCESS EXCLUSIVE on c, for a moment
ALTER TABLE public.c DROP CONSTRAINT c_a_fkey;

-- LOSES all rows of a
-- Locks: ACCESS EXCLUSIVE on a, for a moment
DROP TABLE public.a;

-- LOSES all rows of b
-- Locks: ACCESS EXCLUSIVE on b, for a moment
DROP TABLE public.b;

-- LOSES all rows of c
-- Locks: ACCESS EXCLUSIVE on c, for a moment
DROP TABLE public.c;
