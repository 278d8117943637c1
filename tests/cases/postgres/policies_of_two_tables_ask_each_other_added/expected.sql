-- up
CREATE TABLE public.notes (
    id integer NOT NULL,
    user_id integer,
    CONSTRAINT notes_pkey PRIMARY KEY (id)
);

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;

CREATE POLICY mine ON public.notes AS PERMISSIVE FOR ALL TO PUBLIC USING ((user_id IN ( SELECT users.id
   FROM public.users)));

-- Locks: ACCESS EXCLUSIVE on users, for a moment
CREATE POLICY mine ON public.users AS PERMISSIVE FOR ALL TO PUBLIC USING ((id IN ( SELECT notes.user_id
   FROM public.notes)));

-- down
-- Locks: ACCESS EXCLUSIVE on users, for a moment
DROP POLICY mine ON public.users;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users DISABLE ROW LEVEL SECURITY;

-- LOSES all rows of notes
-- Locks: ACCESS EXCLUSIVE on notes, for a moment
DROP TABLE public.notes;
