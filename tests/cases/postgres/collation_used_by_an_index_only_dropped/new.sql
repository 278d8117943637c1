CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, nick varchar(40));
CREATE INDEX by_nick ON users (nick, id);
