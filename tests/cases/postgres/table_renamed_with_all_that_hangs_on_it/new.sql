CREATE TABLE people (id integer CONSTRAINT users_pkey PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE TABLE orders (id bigint PRIMARY KEY, user_id integer NOT NULL, total numeric(10,2) NOT NULL DEFAULT 0, placed timestamptz NOT NULL DEFAULT now());

ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES people;

ALTER TABLE people ADD CONSTRAINT users_grown CHECK (age > 10);

CREATE VIEW names AS SELECT name FROM people;
