CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE FUNCTION tick() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;

CREATE VIEW v AS SELECT id FROM users;

CREATE TRIGGER tick INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION tick();
