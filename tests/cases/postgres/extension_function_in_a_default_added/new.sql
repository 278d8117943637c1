CREATE TABLE t (id integer PRIMARY KEY);

CREATE EXTENSION pgcrypto; ALTER TABLE t ADD COLUMN salt text NOT NULL DEFAULT public.gen_salt('bf');
