CREATE TABLE k (a integer NOT NULL, b text NOT NULL, c date);

ALTER TABLE k ADD PRIMARY KEY (a) WITH (fillfactor = 60);
