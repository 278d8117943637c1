-- revision: 4f1a00000003
-- down_revision: 4f1a00000002
-- message: Families, and whose family a user is in

-- @upgrade
CREATE TABLE families (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    head_id BIGINT NOT NULL,
    CONSTRAINT families_head UNIQUE (head_id),
    CONSTRAINT families_head_user FOREIGN KEY (head_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4;

ALTER TABLE users ADD COLUMN family_id BIGINT NULL;

ALTER TABLE users ADD CONSTRAINT users_family FOREIGN KEY (family_id) REFERENCES families (id);

-- @downgrade
ALTER TABLE users DROP FOREIGN KEY users_family;

ALTER TABLE users DROP COLUMN family_id;

DROP TABLE families;
