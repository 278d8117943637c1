CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, mail text NOT NULL, phone text NOT NULL, points integer NOT NULL CHECK (points > 0), born date);
