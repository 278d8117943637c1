CREATE TABLE animals (id integer NOT NULL, name text DEFAULT 'x', CONSTRAINT animals_named CHECK (name <> ''));

CREATE TABLE owned (owner text);

CREATE TABLE dogs (race text) INHERITS (animals, owned);
