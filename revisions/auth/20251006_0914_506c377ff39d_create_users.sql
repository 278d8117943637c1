-- revision: 506c377ff39d
-- down_revision: null
-- message: Create users
-- created: 2025-10-06T09:14:22Z
-- template: true

-- @upgrade
CREATE TABLE users (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    email VARCHAR(254) NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT users_email_has_an_at CHECK (email LIKE '%_@_%')
);

-- An address belongs to one person, however it is capitalised.
{% if dialect == "postgresql" %}
CREATE UNIQUE INDEX users_email ON users (lower(email));
{% elif dialect == "sqlite" %}
CREATE UNIQUE INDEX users_email ON users (email COLLATE NOCASE);
{% else %}
-- The default collations of MySQL and MariaDB ignore case.
CREATE UNIQUE INDEX users_email ON users (email);
{% endif %}

-- @downgrade
DROP TABLE users;
