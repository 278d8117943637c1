-- revision: 82f0c7644556
-- down_revision: fd944e621d39
-- message: Create activity feed
-- created: 2025-11-12T10:10:48Z

-- @upgrade
CREATE TABLE activity_events (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    canvas_id VARCHAR(36) NOT NULL,
    actor_id VARCHAR(36) NOT NULL,
    verb VARCHAR(40) NOT NULL,
    subject_kind VARCHAR(40) NOT NULL,
    subject_id VARCHAR(36) NOT NULL,
    happened_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT activity_events_canvas FOREIGN KEY (canvas_id) REFERENCES canvases (id) ON DELETE CASCADE
);

CREATE INDEX activity_events_feed ON activity_events (canvas_id, happened_at);

-- @downgrade
DROP TABLE activity_events;
