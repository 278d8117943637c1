CREATE TYPE feeling AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE p (id integer, m feeling DEFAULT 'ok');
