-- up
CREATE TABLE public.users (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    mail character varying(80) NOT NULL,
    age integer,
    state text DEFAULT 'new'::text NOT NULL,
    total numeric(12,2) GENERATED ALWAYS AS (((age)::numeric * 1.5)) STORED,
    tags text[] DEFAULT '{}'::text[],
    body jsonb,
    made timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_mail_key UNIQUE (mail),
    CONSTRAINT users_age_check CHECK ((age >= 0))
);

COMMENT ON TABLE public.users IS 'who';
COMMENT ON COLUMN public.users.mail IS 'where';
CREATE INDEX users_tags ON public.users USING gin (tags);

-- down
-- LOSES all rows of users
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP TABLE public.users;
