CREATE TABLE users (id integer, mail text, CONSTRAINT one UNIQUE (mail));
