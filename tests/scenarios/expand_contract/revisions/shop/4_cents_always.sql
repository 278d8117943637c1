-- revision: 5a0000000004
-- down_revision: 5a0000000003
-- message: No order without cents
-- phase: migrate
-- transaction: false

-- @upgrade
-- The first statement keeps everybody out, for a moment; the second reads the table, and keeps nobody out.
ALTER TABLE orders ADD CONSTRAINT orders_have_cents CHECK (amount_cents IS NOT NULL) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_have_cents;

-- @downgrade
ALTER TABLE orders DROP CONSTRAINT orders_have_cents;
