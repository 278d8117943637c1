-- revision: 4f1a00000002
-- down_revision: 4f1a00000001
-- message: Refuse to go on while somebody is their own ancestor

-- @upgrade
-- A family is everybody below one ancestor, so there must be one. Nothing is changed here: the revision fails, with the
-- users that are in a circle, before the feature's first table is made.
DELIMITER //
BEGIN NOT ATOMIC
    DECLARE circles TEXT;
    WITH RECURSIVE line (start, id, parent_id, depth) AS (
        SELECT id, id, parent_id, 0 FROM users WHERE parent_id IS NOT NULL
        UNION ALL
        SELECT line.start, users.id, users.parent_id, line.depth + 1
        FROM line JOIN users ON users.id = line.parent_id
        WHERE line.depth < 100 AND line.parent_id <> line.start
    )
    SELECT GROUP_CONCAT(DISTINCT start ORDER BY start SEPARATOR ', ') INTO circles FROM line WHERE parent_id = start;
    IF circles IS NOT NULL THEN
        SET @message = LEFT(CONCAT('circular parents: users ', circles), 128);
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = @message;
    END IF;
END//
DELIMITER ;

-- @downgrade
