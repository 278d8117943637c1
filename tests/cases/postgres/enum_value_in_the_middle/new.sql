CREATE TYPE mood AS ENUM ('sad', 'ok', 'fine', 'happy');

CREATE TABLE p (id integer, m mood DEFAULT 'ok');
