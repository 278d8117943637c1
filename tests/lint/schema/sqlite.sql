-- The schema that the cases of the lint rules start from. Rows: sqlite_rows.sql.

CREATE TABLE countries (
    code TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    iso3 TEXT
) WITHOUT ROWID;

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    email VARCHAR(100) NOT NULL,
    name TEXT NOT NULL,
    nickname VARCHAR(20),
    phone TEXT,
    bio TEXT,
    age INTEGER,
    country TEXT REFERENCES countries (code),
    score REAL,
    karma INTEGER NOT NULL DEFAULT 0,
    settings TEXT,
    token BLOB,
    active INTEGER NOT NULL DEFAULT 1,
    referrer_id INTEGER,
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    seen_at TEXT,
    initials TEXT GENERATED ALWAYS AS (substr(name, 1, 1)) VIRTUAL,
    CONSTRAINT users_age_positive CHECK (age > 0),
    CONSTRAINT users_phone_present CHECK (phone IS NOT NULL)
);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_name ON users (name);
CREATE INDEX users_lower_email ON users (lower(email));
CREATE INDEX users_active ON users (created_at) WHERE active = 1;
CREATE INDEX users_country ON users (country);
CREATE INDEX users_age_score ON users (age, score);

CREATE TABLE categories (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    parent_id INTEGER REFERENCES categories (id),
    name TEXT NOT NULL UNIQUE,
    position INTEGER,
    colour TEXT
);

CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    price NUMERIC CHECK (price >= 0),
    weight REAL,
    stock INTEGER NOT NULL DEFAULT 0,
    category_id INTEGER REFERENCES categories (id) ON DELETE SET NULL,
    attributes TEXT,
    photo BLOB
);
CREATE INDEX products_category ON products (category_id);

CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    status TEXT NOT NULL DEFAULT 'new',
    number TEXT NOT NULL,
    total REAL NOT NULL,
    note TEXT,
    quantity INTEGER,
    coupon_id INTEGER,
    product_id INTEGER,
    placed_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    shipped_on TEXT,
    CONSTRAINT orders_number_key UNIQUE (number),
    CONSTRAINT orders_total_check CHECK (total >= 0)
);
CREATE INDEX orders_user ON orders (user_id);
CREATE INDEX orders_status_placed ON orders (status, placed_at);
CREATE INDEX orders_open ON orders (coupon_id) WHERE status = 'new';

CREATE TABLE order_items (
    order_id INTEGER NOT NULL,
    line INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    amount INTEGER NOT NULL DEFAULT 1,
    price REAL,
    PRIMARY KEY (order_id, line),
    CONSTRAINT order_items_order_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE
);

CREATE TABLE audit_log (
    nr INTEGER NOT NULL,
    ref INTEGER,
    at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    level INTEGER,
    message TEXT,
    user_id INTEGER
);
CREATE UNIQUE INDEX audit_log_nr ON audit_log (nr);

CREATE TABLE tags (
    name TEXT NOT NULL,
    weight REAL,
    uses INTEGER
) STRICT;

CREATE VIEW active_users AS SELECT id, name FROM users WHERE active = 1;
CREATE TRIGGER orders_log AFTER INSERT ON orders BEGIN INSERT INTO audit_log (nr, message) VALUES (NEW.id, NEW.note); END;
