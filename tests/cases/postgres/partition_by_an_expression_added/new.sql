CREATE TABLE logs (id integer, at timestamp) PARTITION BY RANGE (date_trunc('day', at));
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
