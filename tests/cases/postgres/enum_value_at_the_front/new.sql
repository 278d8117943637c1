CREATE TYPE mood AS ENUM ('awful', 'sad', 'ok', 'happy');

CREATE TABLE p (id integer, m mood DEFAULT 'ok');
