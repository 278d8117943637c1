CREATE TABLE k (a integer NOT NULL, b text, CONSTRAINT one PRIMARY KEY (a));
