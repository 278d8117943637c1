CREATE TABLE animals (id bigint);
CREATE TABLE dogs (race text) INHERITS (animals);
