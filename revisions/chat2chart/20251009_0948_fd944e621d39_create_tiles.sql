-- revision: fd944e621d39
-- down_revision: 1151c1a49203
-- message: Create tiles
-- created: 2025-10-09T09:48:17Z

-- @upgrade
CREATE TABLE tiles (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    canvas_id VARCHAR(36) NOT NULL,
    chart_kind VARCHAR(30) NOT NULL,
    chart_query TEXT NOT NULL,
    grid_left INTEGER NOT NULL DEFAULT 0,
    grid_top INTEGER NOT NULL DEFAULT 0,
    grid_width INTEGER NOT NULL DEFAULT 4,
    grid_height INTEGER NOT NULL DEFAULT 3,
    CONSTRAINT tiles_canvas FOREIGN KEY (canvas_id) REFERENCES canvases (id) ON DELETE CASCADE,
    CONSTRAINT tiles_have_an_area CHECK (grid_width > 0 AND grid_height > 0)
);

CREATE INDEX tiles_canvas_id ON tiles (canvas_id);

-- @downgrade
DROP TABLE tiles;
