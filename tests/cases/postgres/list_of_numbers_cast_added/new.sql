CREATE TABLE users (id integer PRIMARY KEY, size real CHECK (size = ANY (ARRAY[1, 2.5])), kind oid CHECK (kind <> ALL (ARRAY[1, 2])));
