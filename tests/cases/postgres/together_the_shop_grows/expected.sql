-- up
-- in a transaction
-- Locks: ACCESS EXCLUSIVE on shop.orders, for a moment
DROP POLICY own_orders ON shop.orders;

ALTER TYPE shop.state ADD VALUE 'packed' AFTER 'new';

-- Locks: ACCESS EXCLUSIVE on shop.customers, for a moment
ALTER TABLE shop.customers ADD COLUMN name text;

-- Locks: ACCESS EXCLUSIVE on shop.lines, while the table is rewritten
ALTER TABLE shop.lines ALTER COLUMN number TYPE bigint;

ALTER DOMAIN shop.money DROP CONSTRAINT money_check;
ALTER DOMAIN shop.money ADD CONSTRAINT money_check CHECK (((VALUE >= (0)::numeric) AND (VALUE < (1000000)::numeric))) NOT VALID;

CREATE OR REPLACE VIEW shop.open_orders AS
SELECT o.id,
    c.mail,
    c.name
   FROM (shop.orders o
     JOIN shop.customers c ON ((c.id = o.customer)))
  WHERE (o.state = 'new'::shop.state);

-- Locks: ACCESS EXCLUSIVE on shop.orders, for a moment
CREATE POLICY own_orders ON shop.orders AS PERMISSIVE FOR ALL TO PUBLIC USING ((customer = 2));

-- in a transaction
ALTER DOMAIN shop.money VALIDATE CONSTRAINT money_check;

-- down
-- in a transaction
-- Locks: ACCESS EXCLUSIVE on shop.orders, for a moment
DROP POLICY own_orders ON shop.orders;

DROP VIEW shop.open_orders;
DROP INDEX shop.orders_open;

-- shop.state loses 'packed': it fails while a row holds one of them; give these rows another value first
ALTER TYPE shop.state RENAME TO state__old;

CREATE TYPE shop.state AS ENUM (
    'new',
    'paid',
    'sent'
);

-- LOSES values of shop.lines.number that do not fit into integer (it was bigint); it fails on values that it
-- cannot cast
-- Locks: ACCESS EXCLUSIVE on shop.lines, while the table is rewritten
ALTER TABLE shop.lines ALTER COLUMN number TYPE integer;

-- Locks: ACCESS EXCLUSIVE on shop.orders, while the table is rewritten
ALTER TABLE shop.orders ALTER COLUMN state DROP DEFAULT, ALTER COLUMN state TYPE shop.state USING state::text::shop.state, ALTER COLUMN state SET DEFAULT 'new'::shop.state;

ALTER DOMAIN shop.money DROP CONSTRAINT money_check;
ALTER DOMAIN shop.money ADD CONSTRAINT money_check CHECK ((VALUE >= (0)::numeric)) NOT VALID;

CREATE VIEW shop.open_orders AS
SELECT o.id,
    c.mail
   FROM (shop.orders o
     JOIN shop.customers c ON ((c.id = o.customer)))
  WHERE (o.state = 'new'::shop.state);

-- Locks: ACCESS EXCLUSIVE on shop.orders, for a moment
CREATE POLICY own_orders ON shop.orders AS PERMISSIVE FOR ALL TO PUBLIC USING ((customer = 1));

DROP TYPE shop.state__old;

-- LOSES the values of shop.customers.name
-- Locks: ACCESS EXCLUSIVE on shop.customers, for a moment
ALTER TABLE shop.customers DROP COLUMN name;

-- outside a transaction
CREATE INDEX CONCURRENTLY orders_open ON shop.orders USING btree (customer) WHERE (state = 'new'::shop.state);

-- in a transaction
ALTER DOMAIN shop.money VALIDATE CONSTRAINT money_check;
