CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail varchar(80) NOT NULL UNIQUE, age integer CHECK (age >= 0), state text NOT NULL DEFAULT 'new', total numeric(12,2) GENERATED ALWAYS AS (age * 1.5) STORED, tags text[] DEFAULT '{}', body jsonb, made timestamptz NOT NULL DEFAULT now());
CREATE INDEX users_tags ON users USING gin (tags);
COMMENT ON TABLE users IS 'who';
COMMENT ON COLUMN users.mail IS 'where';
