-- revision: 1151c1a49203
-- down_revision: null
-- message: Create canvases
-- created: 2025-10-07T11:05:33Z

-- @upgrade
-- owner_id is a user of the service auth, which may be in another database: no foreign key.
CREATE TABLE canvases (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    owner_id VARCHAR(36) NOT NULL,
    title VARCHAR(200) NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    archived_at TIMESTAMP NULL
);

CREATE INDEX canvases_owner ON canvases (owner_id);

-- @downgrade
DROP TABLE canvases;
