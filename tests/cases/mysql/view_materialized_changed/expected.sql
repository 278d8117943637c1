-- on: mysql 9
-- up
CREATE OR REPLACE MATERIALIZED VIEW `v` AS select `t`.`id` AS `id`,`t`.`a` AS `a` from `t`;

-- down
CREATE OR REPLACE MATERIALIZED VIEW `v` AS select `t`.`id` AS `id` from `t`;
