-- revision: 4f1a00000001
-- down_revision: null
-- message: Users, with their parents

-- @upgrade
CREATE TABLE users (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    parent_id BIGINT NULL,
    CONSTRAINT users_parent FOREIGN KEY (parent_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4;

-- @downgrade
DROP TABLE users;
