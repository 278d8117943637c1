CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE FUNCTION tick() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;

CREATE TRIGGER tick AFTER UPDATE OF name, age OR DELETE ON users FOR EACH ROW WHEN (old.age > 3) EXECUTE FUNCTION tick('a', 'it''s');
