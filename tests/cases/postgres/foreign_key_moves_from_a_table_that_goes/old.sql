CREATE TABLE old (id integer PRIMARY KEY, up integer);
CREATE TABLE users (id integer PRIMARY KEY, up bigint CONSTRAINT up REFERENCES old);
ALTER TABLE old ADD CONSTRAINT back FOREIGN KEY (up) REFERENCES users;
