CREATE TABLE users (id integer PRIMARY KEY USING INDEX TABLESPACE case_space, name text NOT NULL, age integer, born date);
