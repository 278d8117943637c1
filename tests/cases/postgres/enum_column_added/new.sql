CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');

CREATE TABLE p (id integer);

ALTER TABLE p ADD COLUMN m mood NOT NULL DEFAULT 'ok';
