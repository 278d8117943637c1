-- revision: 4f1a00000004
-- down_revision: 4f1a00000003
-- message: A family for everybody who has children, or a parent

-- @upgrade
-- Only INSERT and UPDATE: one transaction, also here.
INSERT INTO families (name, head_id)
SELECT CONCAT('Family of ', name), id FROM users
WHERE parent_id IS NULL AND id IN (SELECT parent_id FROM users WHERE parent_id IS NOT NULL);

UPDATE users JOIN (
    WITH RECURSIVE tree (id, head_id) AS (
        SELECT head_id, head_id FROM families
        UNION ALL
        SELECT users.id, tree.head_id FROM users JOIN tree ON users.parent_id = tree.id
    )
    SELECT tree.id, families.id AS family_id FROM tree JOIN families ON families.head_id = tree.head_id
) AS found ON found.id = users.id
SET users.family_id = found.family_id;

-- @downgrade
UPDATE users SET family_id = NULL;

DELETE FROM families;

-- @verify
SELECT id, name FROM users WHERE parent_id IS NOT NULL AND family_id IS NULL;
