CREATE TABLE animals (id integer NOT NULL, name text DEFAULT 'x', CONSTRAINT animals_named CHECK (name <> ''));

CREATE TABLE dogs (race text) INHERITS (animals);
