CREATE SCHEMA zoo; CREATE SCHEMA app;
CREATE TABLE zoo.animals (id integer PRIMARY KEY);
CREATE TABLE app.visits (id integer PRIMARY KEY, animal integer REFERENCES zoo.animals);
