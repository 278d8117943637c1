CREATE TABLE users (id bigint PRIMARY KEY, up bigint CONSTRAINT up REFERENCES users);
