CREATE TABLE k (a integer, b text, CONSTRAINT k_pkey PRIMARY KEY (a) INCLUDE (b) WITH (fillfactor=70));
ALTER TABLE k CLUSTER ON k_pkey;
