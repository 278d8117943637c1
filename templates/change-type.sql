{# A column's type, with the values converted #}
{{ header }}
-- @upgrade
-- Replace my_table and my_column; say how old values become new ones.
/* FILL IN */
{% if dialect == "mysql" %}
-- MODIFY replaces the whole definition: repeat NOT NULL, DEFAULT and COMMENT, or they are lost.
ALTER TABLE my_table MODIFY COLUMN my_column BIGINT NOT NULL;
{% elif dialect == "sqlite" %}
-- SQLite cannot change a type, so the table is rebuilt with all its columns.
-- Indexes and triggers of my_table go with the old one: create them again at the end.
CREATE TABLE my_table_new (
    id INTEGER PRIMARY KEY,
    my_column INTEGER NOT NULL
);
INSERT INTO my_table_new (id, my_column) SELECT id, CAST(my_column AS INTEGER) FROM my_table;
DROP TABLE my_table;
ALTER TABLE my_table_new RENAME TO my_table;
{% else %}
-- Most changes of type rewrite the whole table under an exclusive lock.
ALTER TABLE my_table ALTER COLUMN my_column TYPE BIGINT USING my_column::BIGINT;
{% endif %}

-- @downgrade
/* FILL IN */
{% if dialect == "mysql" %}
ALTER TABLE my_table MODIFY COLUMN my_column VARCHAR(255) NOT NULL;
{% elif dialect == "sqlite" %}
CREATE TABLE my_table_old (
    id INTEGER PRIMARY KEY,
    my_column TEXT NOT NULL
);
INSERT INTO my_table_old (id, my_column) SELECT id, CAST(my_column AS TEXT) FROM my_table;
DROP TABLE my_table;
ALTER TABLE my_table_old RENAME TO my_table;
{% else %}
ALTER TABLE my_table ALTER COLUMN my_column TYPE TEXT USING my_column::TEXT;
{% endif %}
