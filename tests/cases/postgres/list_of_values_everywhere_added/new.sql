CREATE DOMAIN state AS varchar(10) DEFAULT 'new' CHECK (VALUE IN ('new', 'old'));
CREATE TABLE users (id integer PRIMARY KEY, name varchar(20), size real, kind state CHECK (kind NOT IN ('old', 'none')),
    is_known boolean GENERATED ALWAYS AS (name IN ('Ann', 'Bob')) STORED);
CREATE INDEX known_users ON users (id) WHERE name IN ('Ann', 'Bob');
CREATE INDEX is_known_users ON users ((coalesce(name, 'x') IN ('Ann', 'Bob')));
CREATE VIEW known AS SELECT id, name IN ('Ann', 'Bob') AS is_known FROM users WHERE kind IN ('new', 'old');
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM users WHERE name NOT IN ('Ann', 'Bob');
CREATE FUNCTION knows(varchar) RETURNS boolean LANGUAGE sql RETURN $1 IN ('Ann', 'Bob');
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW WHEN (NEW.name IN ('Ann', 'Bob')) EXECUTE FUNCTION touch();
CREATE RULE kept AS ON DELETE TO users WHERE OLD.name IN ('Ann', 'Bob') DO INSTEAD NOTHING;
CREATE POLICY known ON users USING (name IN ('Ann', 'Bob'));
