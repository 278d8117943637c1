CREATE TYPE mood AS ENUM ('happy', 'ok', 'sad');

CREATE TABLE p (id integer, m mood DEFAULT 'ok');
