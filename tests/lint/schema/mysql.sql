-- The schema that the cases of the lint rules start from, for MySQL and MariaDB. Rows: mysql_rows.sql.

CREATE TABLE countries (
    code char(2) NOT NULL PRIMARY KEY,
    name varchar(60) NOT NULL,
    iso3 char(3)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE users (
    id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email varchar(100) NOT NULL,
    name varchar(50) NOT NULL,
    nickname varchar(20),
    phone varchar(20),
    bio text,
    age int,
    country char(2),
    role enum('admin', 'editor', 'reader') NOT NULL DEFAULT 'reader',
    mood enum('sad', 'ok', 'happy'),
    flags set('a', 'b', 'c'),
    options set('o1', 'o2', 'o3', 'o4', 'o5', 'o6', 'o7', 'o8'),
    score decimal(10,2),
    balance decimal(12,2) NOT NULL DEFAULT 0,
    karma int NOT NULL DEFAULT 0,
    rating float,
    level tinyint,
    active tinyint(1) NOT NULL DEFAULT 1,
    settings json,
    token binary(16),
    legacy_name varchar(40) CHARACTER SET latin1,
    referrer_id bigint,
    created_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP,
    seen_at datetime,
    updated_at timestamp NULL,
    UNIQUE KEY users_email (email),
    KEY users_name (name),
    KEY users_country (country),
    KEY users_age_score (age, score),
    CONSTRAINT users_country_fk FOREIGN KEY (country) REFERENCES countries (code),
    CONSTRAINT users_age_positive CHECK (age > 0),
    CONSTRAINT users_phone_present CHECK (phone IS NOT NULL)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE categories (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    parent_id int,
    name varchar(60) NOT NULL,
    position int,
    UNIQUE KEY categories_name (name),
    CONSTRAINT categories_parent_fk FOREIGN KEY (parent_id) REFERENCES categories (id)
) DEFAULT CHARACTER SET utf8mb4;

-- With generated columns.
CREATE TABLE products (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    sku varchar(32) NOT NULL,
    title varchar(100) NOT NULL,
    price decimal(8,2),
    weight float,
    stock smallint NOT NULL DEFAULT 0,
    category_id int,
    code char(8),
    attributes json,
    photo blob,
    price_cents bigint GENERATED ALWAYS AS (price * 100) VIRTUAL,
    title_length int GENERATED ALWAYS AS (char_length(title)) STORED,
    UNIQUE KEY products_sku (sku),
    CONSTRAINT products_category_fk FOREIGN KEY (category_id) REFERENCES categories (id)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE orders (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id bigint NOT NULL,
    status enum('new', 'paid', 'shipped') NOT NULL DEFAULT 'new',
    number varchar(20) NOT NULL,
    total decimal(10,2) NOT NULL,
    note text,
    label varchar(100),
    quantity int,
    coupon_id int,
    product_id int,
    placed_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP,
    shipped_on date,
    UNIQUE KEY orders_number (number),
    KEY orders_user (user_id),
    KEY orders_status_placed (status, placed_at),
    KEY orders_coupon (coupon_id),
    CONSTRAINT orders_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT orders_total_check CHECK (total >= 0)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE order_items (
    order_id int NOT NULL,
    line int NOT NULL,
    product_id int NOT NULL,
    amount int NOT NULL DEFAULT 1,
    price decimal(10,2),
    PRIMARY KEY (order_id, line),
    CONSTRAINT order_items_order_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE
);

CREATE TABLE articles (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    title varchar(200),
    body text,
    FULLTEXT KEY articles_body (body)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE places (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name varchar(80),
    position point NOT NULL,
    area polygon NOT NULL
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE audit_log (
    nr bigint NOT NULL,
    ref bigint,
    at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP,
    level smallint,
    message text,
    user_id bigint
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE legacy_notes (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    title varchar(40) NOT NULL,
    body text,
    KEY legacy_notes_title (title)
) DEFAULT CHARACTER SET utf8mb3;

CREATE TABLE compressed_notes (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    body text
) ROW_FORMAT=COMPRESSED DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE measurements (
    sensor int NOT NULL,
    taken_on date NOT NULL,
    value double
) PARTITION BY RANGE (year(taken_on)) (
    PARTITION p2023 VALUES LESS THAN (2024),
    PARTITION p2024 VALUES LESS THAN (2025)
);
CREATE TABLE measurements_2023 (sensor int NOT NULL, taken_on date NOT NULL, value double);

CREATE VIEW active_users AS SELECT id, name FROM users WHERE active = 1;
CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW SET NEW.updated_at = CURRENT_TIMESTAMP;
CREATE PROCEDURE trim_audit_log() DELETE FROM audit_log WHERE level = 0;
CREATE FUNCTION add_tax(price decimal(10,2)) RETURNS decimal(10,2) DETERMINISTIC RETURN price * 1.2;
