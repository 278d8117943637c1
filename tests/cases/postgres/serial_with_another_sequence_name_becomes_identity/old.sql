CREATE SEQUENCE numbers;
CREATE TABLE users (id bigint DEFAULT nextval('numbers') PRIMARY KEY);
ALTER SEQUENCE numbers OWNED BY users.id;
