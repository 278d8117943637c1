CREATE TYPE mood AS ENUM ('sad', 'ok');

CREATE TABLE p (id integer, m mood CONSTRAINT p_m CHECK (m <> 'sad'));
CREATE INDEX p_m_index ON p (m) WHERE m = 'ok';
