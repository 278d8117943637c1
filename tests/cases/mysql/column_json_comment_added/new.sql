CREATE TABLE carts (id int PRIMARY KEY, goods json COMMENT 'what is in it');
