-- up
-- in a transaction
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users DROP CONSTRAINT users_name_check;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ADD CONSTRAINT users_name_check CHECK (((name)::text = ANY (ARRAY['Ann'::character varying, 'Bob'::character varying, 'Cy'::character varying]))) NOT VALID;

-- outside a transaction
CREATE INDEX CONCURRENTLY known__new ON public.users USING btree (id) WHERE ((name)::text <> ALL (ARRAY['x'::character varying, 'y'::character varying, 'z'::character varying]));
DROP INDEX CONCURRENTLY public.known;
ALTER INDEX public.known__new RENAME TO known;

-- in a transaction
ALTER TABLE public.users VALIDATE CONSTRAINT users_name_check;

-- down
-- in a transaction
-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users DROP CONSTRAINT users_name_check;

-- Locks: ACCESS EXCLUSIVE on users, for a moment
ALTER TABLE public.users ADD CONSTRAINT users_name_check CHECK (((name)::text = ANY (ARRAY['Ann'::character varying, 'Bob'::character varying]))) NOT VALID;

-- outside a transaction
CREATE INDEX CONCURRENTLY known__new ON public.users USING btree (id) WHERE ((name)::text <> ALL (ARRAY['x'::character varying, 'y'::character varying]));
DROP INDEX CONCURRENTLY public.known;
ALTER INDEX public.known__new RENAME TO known;

-- in a transaction
ALTER TABLE public.users VALIDATE CONSTRAINT users_name_check;
