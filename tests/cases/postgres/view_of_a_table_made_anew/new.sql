CREATE TABLE people (id integer PRIMARY KEY);
CREATE VIEW a AS SELECT id FROM people;
