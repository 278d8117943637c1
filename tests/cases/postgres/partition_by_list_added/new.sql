CREATE TABLE sales (id integer, land text) PARTITION BY LIST (land);
CREATE TABLE sales_eu PARTITION OF sales FOR VALUES IN ('de', 'fr', 'it');
CREATE TABLE sales_us PARTITION OF sales FOR VALUES IN ('us');
