-- on: mysql 9
-- up
CREATE OR REPLACE JSON RELATIONAL DUALITY VIEW `v` AS select json_duality_object( WITH (DELETE) '_id':`t`.`id`,'b':`t`.`a`) AS `JSON_DUALITY_OBJECT(WITH (DELETE) '_id': id, 'b': a)` from `t`;

-- down
CREATE OR REPLACE JSON RELATIONAL DUALITY VIEW `v` AS select json_duality_object('_id':`t`.`id`) AS `JSON_DUALITY_OBJECT('_id': id)` from `t`;
