-- up
CREATE VIEW `a_view` AS select `v`.`a` AS `a` from `v`;

-- down
DROP VIEW `a_view`;
