CREATE TABLE shops (town int, id int, PRIMARY KEY (town, id));
CREATE TABLE orders (id int PRIMARY KEY, town int, shop int, FOREIGN KEY (town, shop) REFERENCES shops (town, id));
