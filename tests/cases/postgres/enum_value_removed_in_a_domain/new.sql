CREATE TYPE mood AS ENUM ('sad', 'ok');

CREATE DOMAIN mine AS mood NOT NULL;
CREATE TABLE p (id integer, m mine);
