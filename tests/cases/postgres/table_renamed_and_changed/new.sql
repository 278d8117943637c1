CREATE TABLE people (id integer CONSTRAINT users_pkey PRIMARY KEY, name text, age bigint, born date, note text);
