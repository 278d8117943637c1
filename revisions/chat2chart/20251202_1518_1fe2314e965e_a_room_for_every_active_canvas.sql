-- revision: 1fe2314e965e
-- down_revision: 625f591409f4
-- message: A room for every active canvas
-- created: 2025-12-02T15:18:39Z
-- template: true

-- @upgrade
INSERT INTO chat_rooms (id, canvas_id, name)
SELECT
{%- if dialect == "postgresql" %}
    CAST(md5(canvases.id || random()) AS uuid)
{%- elif dialect == "mysql" %}
    UUID()
{%- else %}
    lower(hex(randomblob(16)))
{%- endif %},
    canvases.id,
    canvases.title
FROM canvases
LEFT JOIN chat_rooms AS existing ON existing.canvas_id = canvases.id
WHERE canvases.archived_at IS NULL AND existing.id IS NULL;

-- @downgrade
-- The rooms stay: by now people have written in them.

-- @verify
SELECT canvases.id, canvases.title
FROM canvases
LEFT JOIN chat_rooms ON chat_rooms.canvas_id = canvases.id
WHERE canvases.archived_at IS NULL AND chat_rooms.id IS NULL;
