-- on: mariadb
-- up
ALTER TABLE `orders` DROP FOREIGN KEY `orders_ibfk_1`;

-- Locks: SHARED on orders, while the table is rewritten
ALTER TABLE `orders` MODIFY COLUMN `shop` bigint(20), ALGORITHM=COPY, LOCK=SHARED;

-- Locks: SHARED on shops, while the table is rewritten
ALTER TABLE `shops` MODIFY COLUMN `id` bigint(20) NOT NULL, ALGORITHM=COPY, LOCK=SHARED;

-- fails when a row references a missing row (orders_ibfk_1)
-- Locks: SHARED on orders, while the table is rewritten
-- after SET foreign_key_checks = 0, ALGORITHM=INPLACE, LOCK=NONE works too, and checks no row
ALTER TABLE `orders` ADD CONSTRAINT `orders_ibfk_1` FOREIGN KEY (`shop`) REFERENCES `shops` (`id`), DROP KEY `shop`, ADD KEY `shop` (`shop`), ALGORITHM=COPY, LOCK=SHARED;

-- down
ALTER TABLE `orders` DROP FOREIGN KEY `orders_ibfk_1`;

-- fails when a value of orders.shop does not fit, if the SQL mode is strict
-- Locks: SHARED on orders, while the table is rewritten
ALTER TABLE `orders` MODIFY COLUMN `shop` int(11), ALGORITHM=COPY, LOCK=SHARED;

-- fails when a value of shops.id does not fit, if the SQL mode is strict
-- Locks: SHARED on shops, while the table is rewritten
ALTER TABLE `shops` MODIFY COLUMN `id` int(11) NOT NULL, ALGORITHM=COPY, LOCK=SHARED;

-- fails when a row references a missing row (orders_ibfk_1)
-- Locks: SHARED on orders, while the table is rewritten
-- after SET foreign_key_checks = 0, ALGORITHM=INPLACE, LOCK=NONE works too, and checks no row
ALTER TABLE `orders` ADD CONSTRAINT `orders_ibfk_1` FOREIGN KEY (`shop`) REFERENCES `shops` (`id`), DROP KEY `shop`, ADD KEY `shop` (`shop`), ALGORITHM=COPY, LOCK=SHARED;
