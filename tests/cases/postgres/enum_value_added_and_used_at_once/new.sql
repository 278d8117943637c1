CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'great');

CREATE TABLE p (id integer, m mood DEFAULT 'great');
