CREATE TYPE mood AS ENUM ('a', 'sad', 'b', 'c', 'ok', 'happy', 'd');

CREATE TABLE p (id integer, m mood DEFAULT 'ok');
