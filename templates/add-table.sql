{# A new table with a key, a time stamp and an index #}
{{ header }}
-- @upgrade
-- Replace new_table and its columns; take away what is not needed.
/* FILL IN */
{% if dialect == "mysql" %}
CREATE TABLE new_table (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(255) NOT NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
) DEFAULT CHARACTER SET utf8mb4;
{% elif dialect == "sqlite" %}
CREATE TABLE new_table (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
{% else %}
CREATE TABLE new_table (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
{% endif %}
CREATE INDEX new_table_name ON new_table (name);
{% if dialect == "sqlite" %}
-- A foreign key is part of the column: owner_id INTEGER NOT NULL REFERENCES owner (id). It needs an index of its own.
{% else %}
-- A foreign key wants an index of its own on the referring column:
-- ALTER TABLE new_table ADD CONSTRAINT new_table_owner FOREIGN KEY (owner_id) REFERENCES owner (id);
{% endif %}

-- @downgrade
/* FILL IN */
DROP TABLE new_table;
