CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, gone INT);
CREATE UNIQUE INDEX one_mail ON users (email);
