CREATE TABLE t (id integer PRIMARY KEY, name text, age integer, tags text[], doc jsonb, place point, seen tsvector);

CREATE INDEX i ON t USING brin (age) WITH (pages_per_range = 16, autosummarize = on);
