{# A new column: add it, fill it, then NOT NULL #}
{{ header }}
-- @upgrade
-- Replace my_table and new_column, and say in the UPDATE where the values come from.
/* FILL IN */
{% if dialect == "mysql" %}
ALTER TABLE my_table ADD COLUMN new_column VARCHAR(255) NULL;
-- A large table is better filled in batches, from a revision of its own with `transaction: false`.
UPDATE my_table SET new_column = '' WHERE new_column IS NULL;
ALTER TABLE my_table MODIFY COLUMN new_column VARCHAR(255) NOT NULL;
{% elif dialect == "sqlite" %}
-- SQLite cannot make a column NOT NULL afterwards, so the table is rebuilt with all its columns.
-- Indexes and triggers of my_table go with the old one: create them again at the end.
CREATE TABLE my_table_new (
    id INTEGER PRIMARY KEY,
    new_column TEXT NOT NULL
);
INSERT INTO my_table_new (id, new_column) SELECT id, '' FROM my_table;
DROP TABLE my_table;
ALTER TABLE my_table_new RENAME TO my_table;
{% else %}
ALTER TABLE my_table ADD COLUMN new_column TEXT;
-- A large table is better filled in batches, from a revision of its own with `transaction: false`.
UPDATE my_table SET new_column = '' WHERE new_column IS NULL;
-- SET NOT NULL reads the whole table under a lock. For a large table add
-- CHECK (new_column IS NOT NULL) NOT VALID first and validate it: PostgreSQL 12 then skips the reading.
ALTER TABLE my_table ALTER COLUMN new_column SET NOT NULL;
{% endif %}

-- @downgrade
/* FILL IN */
ALTER TABLE my_table DROP COLUMN new_column;

-- @verify
SELECT id FROM my_table WHERE new_column IS NULL;
