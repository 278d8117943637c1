CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE FUNCTION tick() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;

CREATE TRIGGER tick BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION tick();
ALTER TABLE users DISABLE TRIGGER tick;
