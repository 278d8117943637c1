CREATE TABLE shops (id int PRIMARY KEY);
CREATE TABLE orders (id int PRIMARY KEY, shop int, FOREIGN KEY (shop) REFERENCES shops (id));
