-- revision: 4f1a00000005
-- down_revision: 4f1a00000004
-- message: Settings of a family

-- @upgrade
CREATE TABLE family_settings (
    family_id BIGINT NOT NULL PRIMARY KEY,
    locale VARCHAR(10) NOT NULL DEFAULT 'en',
    CONSTRAINT family_settings_family FOREIGN KEY (family_id) REFERENCES families (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4;

ALTER TABLE families ADD COLUMN motto VARCHAR(200) NULL;

INSERT INTO family_settings (family_id, locale) SELECT id, 'en' FROM families;

-- @downgrade
ALTER TABLE families DROP COLUMN motto;

DROP TABLE family_settings;
