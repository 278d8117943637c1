CREATE TABLE k (a integer, b text);

ALTER TABLE k ADD PRIMARY KEY (a);
