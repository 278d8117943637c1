CREATE TABLE carts (id int PRIMARY KEY, goods json);
