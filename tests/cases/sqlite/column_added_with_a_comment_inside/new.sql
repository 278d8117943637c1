CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT -- where to write
  DEFAULT '' /* empty */ NOT NULL);
