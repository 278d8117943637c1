CREATE TABLE shops (id bigint PRIMARY KEY);
CREATE TABLE orders (id int PRIMARY KEY, shop bigint, FOREIGN KEY (shop) REFERENCES shops (id));
