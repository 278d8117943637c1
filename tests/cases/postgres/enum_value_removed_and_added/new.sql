CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');

CREATE TABLE p (id integer, m mood DEFAULT 'ok');
