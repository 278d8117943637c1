CREATE TYPE mood AS ENUM ('sad', 'ok');

CREATE TABLE p (id integer, m mood DEFAULT 'ok');

CREATE VIEW v AS SELECT m FROM p WHERE m = 'ok';
