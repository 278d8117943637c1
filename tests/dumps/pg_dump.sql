--
-- PostgreSQL database dump
--

\restrict Hmoordm6E97rICcHt2ORFlxR9ad3WuwPBRrU0imm7p7i0I1g6sQXGsEn3CWWgXQ

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: odd; "schema; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA "odd; ""schema";


ALTER SCHEMA "odd; ""schema" OWNER TO postgres;

--
-- Name: mood; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.mood AS ENUM (
    'so;so',
    'it''s',
    'ü'
);


ALTER TYPE public.mood OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: log; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.log (
    at timestamp without time zone,
    what text
);


ALTER TABLE public.log OWNER TO postgres;

--
-- Name: COLUMN log.what; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON COLUMN public.log.what IS 'two
lines; $$ and \backslash';


--
-- Name: body(integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.body(a integer) RETURNS text
    LANGUAGE sql
    BEGIN ATOMIC
 INSERT INTO public.log (at, what)
   VALUES (now(), 'END;'::text);
 SELECT
         CASE a
             WHEN 1 THEN 'x;'::text
             ELSE
             CASE
                 WHEN (a > 2) THEN 'END'::text
                 ELSE 'y'::text
             END
         END AS "end";
END;


ALTER FUNCTION public.body(a integer) OWNER TO postgres;

--
-- Name: notes; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.notes (
    id integer NOT NULL,
    body text DEFAULT 'a;b''c\d'::text,
    mood public.mood,
    "weird; ""name" integer,
    CONSTRAINT "notes_weird; ""name_check" CHECK (("weird; ""name" > 0))
);


ALTER TABLE public.notes OWNER TO postgres;

--
-- Name: TABLE notes; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public.notes IS 'it''s; -- not a comment /* nor this';


--
-- Name: many(integer); Type: PROCEDURE; Schema: public; Owner: postgres
--

CREATE PROCEDURE public.many(IN x integer)
    LANGUAGE sql
    BEGIN ATOMIC
 DELETE FROM public.log
   WHERE (log.what = 'a;b'::text);
 INSERT INTO public.log (at, what)  SELECT now() AS now,
             ( SELECT max(notes.body) AS max
                    FROM public.notes) AS max;
END;


ALTER PROCEDURE public.many(IN x integer) OWNER TO postgres;

--
-- Name: nested(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.nested() RETURNS text
    LANGUAGE sql
    AS $_X$ SELECT $$;$$ || $a$ '; $a$ || $_$ /* $_$ $_X$;


ALTER FUNCTION public.nested() OWNER TO postgres;

--
-- Name: old(integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.old(a integer) RETURNS integer
    LANGUAGE plpgsql
    AS $_$
BEGIN
  -- a comment; with 'quotes
  IF a > 0 THEN
    EXECUTE 'SELECT $1; ' || $$ a ; b $$ USING a;
  END IF;
  RETURN CASE a WHEN 1 THEN 2 ELSE 3 END;
END;
$_$;


ALTER FUNCTION public.old(a integer) OWNER TO postgres;

--
-- Name: single(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.single() RETURNS text
    LANGUAGE sql
    RETURN ('a;'::text || CASE WHEN true THEN 'b'::text ELSE NULL::text END);


ALTER FUNCTION public.single() OWNER TO postgres;

--
-- Name: touched(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.touched() RETURNS trigger
    LANGUAGE plpgsql
    AS $$BEGIN INSERT INTO log VALUES (now(), 'it''s; done'); RETURN NEW; END$$;


ALTER FUNCTION public.touched() OWNER TO postgres;

--
-- Name: @@->; Type: OPERATOR; Schema: public; Owner: postgres
--

CREATE OPERATOR public.@@-> (
    FUNCTION = int4pl,
    LEFTARG = integer,
    RIGHTARG = integer
);


ALTER OPERATOR public.@@-> (integer, integer) OWNER TO postgres;

--
-- Name: t$1$; Type: TABLE; Schema: odd; "schema; Owner: postgres
--

CREATE TABLE "odd; ""schema"."t$1$" (
    a integer,
    "b\" text DEFAULT 'x\''y;
'::text
);


ALTER TABLE "odd; ""schema"."t$1$" OWNER TO postgres;

--
-- Name: empty; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.empty (
    a integer
);


ALTER TABLE public.empty OWNER TO postgres;

--
-- Name: notes_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

ALTER TABLE public.notes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.notes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: v; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.v AS
 SELECT notes.body,
        CASE
            WHEN (notes.id > 1) THEN 'a;'::text
            ELSE 'b'::text
        END AS "case; end"
   FROM public.notes;


ALTER TABLE public.v OWNER TO postgres;

--
-- Data for Name: t$1$; Type: TABLE DATA; Schema: odd; "schema; Owner: postgres
--

COPY "odd; ""schema"."t$1$" (a, "b\") FROM stdin;
1	\\.
2	;
\.


--
-- Data for Name: empty; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.empty (a) FROM stdin;
\.


--
-- Data for Name: log; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.log (at, what) FROM stdin;
\.


--
-- Data for Name: notes; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.notes (id, body, mood, "weird; ""name") FROM stdin;
1	plain	ü	1
2	tab\there\nnew line; -- x	it's	2
3	\\.	\N	3
4	back\\slash ' " $$ $a$	so;so	4
5	\N	\N	\N
6	SELECT 1; COMMIT;	\N	7
7	größe – 漢字	ü	8
\.


--
-- Name: notes_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.notes_id_seq', 7, true);


--
-- Name: notes notes_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.notes
    ADD CONSTRAINT notes_pkey PRIMARY KEY (id);


--
-- Name: notes logged; Type: RULE; Schema: public; Owner: postgres
--

CREATE RULE logged AS
    ON DELETE TO public.notes DO ( INSERT INTO public.log (at, what)
  VALUES (now(), 'gone;'::text);

 NOTIFY notes, 'a;b';
 UPDATE public.log SET what = 'x)'::text;
);


--
-- Name: notes touched; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER touched AFTER INSERT OR UPDATE ON public.notes FOR EACH ROW WHEN ((new.body <> ';'::text)) EXECUTE FUNCTION public.touched();


--
-- PostgreSQL database dump complete
--

\unrestrict Hmoordm6E97rICcHt2ORFlxR9ad3WuwPBRrU0imm7p7i0I1g6sQXGsEn3CWWgXQ

