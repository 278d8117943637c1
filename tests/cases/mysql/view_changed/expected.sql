-- on: mariadb
-- up
CREATE OR REPLACE VIEW `v` AS select `t`.`id` AS `id`,`t`.`a` AS `a` from `t` where `t`.`a` > 2;

-- down
CREATE OR REPLACE VIEW `v` AS select `t`.`id` AS `id`,`t`.`a` AS `a` from `t` where `t`.`a` > 1;
