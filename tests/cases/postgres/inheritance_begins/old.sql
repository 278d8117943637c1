CREATE TABLE animals (id integer);

CREATE TABLE dogs (id integer, race text);
