CREATE TABLE people (id integer CONSTRAINT users_pkey PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE INDEX users_age ON people (age);
