CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, token TEXT DEFAULT (hex(randomblob(4))));
