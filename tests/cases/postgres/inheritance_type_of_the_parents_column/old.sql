CREATE TABLE animals (id integer);
CREATE TABLE dogs (race text) INHERITS (animals);
