-- revision: 5d1c8f02ab34
-- down_revision: null
-- message: Create notes
-- created: 2026-11-21T09:00:00Z

-- @upgrade
CREATE TABLE notes (
    id INTEGER NOT NULL PRIMARY KEY,
    body VARCHAR(1000) NOT NULL
);

-- @downgrade
DROP TABLE notes;
