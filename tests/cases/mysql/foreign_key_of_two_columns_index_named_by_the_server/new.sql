CREATE TABLE shops (town int, id bigint, PRIMARY KEY (town, id));
CREATE TABLE orders (id int PRIMARY KEY, town int, shop bigint, FOREIGN KEY (town, shop) REFERENCES shops (town, id));
