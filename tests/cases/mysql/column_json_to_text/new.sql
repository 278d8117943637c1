CREATE TABLE carts (id int PRIMARY KEY, goods longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin);
