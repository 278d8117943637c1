CREATE TABLE logs (id integer NOT NULL, day date NOT NULL, body varchar(20)) PARTITION BY RANGE (day);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE INDEX logs_body ON logs (body);
ALTER INDEX logs_1_body_idx RENAME TO first_body;
ALTER TABLE logs ADD PRIMARY KEY (id, day);
ALTER TABLE logs_2 RENAME CONSTRAINT logs_2_pkey TO second_key;
