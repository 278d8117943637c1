-- revision: b10000000004
-- down_revision: b10000000003
-- message: Cents only
-- phase: contract

-- @upgrade
-- The shop's column cannot go while this view reads it: the shop's revision depends on this one.
DROP VIEW open_amounts;
CREATE OR REPLACE VIEW invoices_now AS SELECT id, order_id, total_cents FROM invoices;
ALTER TABLE invoices ALTER COLUMN total_cents SET NOT NULL;
DROP TRIGGER invoices_both ON invoices;
DROP FUNCTION invoices_both();
ALTER TABLE invoices DROP COLUMN total;

-- @downgrade
ALTER TABLE invoices ADD COLUMN total numeric(12, 2);
UPDATE invoices SET total = total_cents / 100.0;
ALTER TABLE invoices ALTER COLUMN total SET NOT NULL, ALTER COLUMN total_cents DROP NOT NULL;
CREATE FUNCTION invoices_both() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.total_cents := coalesce(NEW.total_cents, round(NEW.total * 100));
    NEW.total := coalesce(NEW.total, NEW.total_cents / 100.0);
    RETURN NEW;
END
$$;
CREATE TRIGGER invoices_both BEFORE INSERT ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_both();
CREATE OR REPLACE VIEW invoices_now AS
SELECT id, order_id, coalesce(total_cents, round(total * 100)::bigint) AS total_cents FROM invoices;
CREATE VIEW open_amounts AS
SELECT o.id AS order_id, o.amount - coalesce(sum(i.total), 0) AS open
FROM orders o LEFT JOIN invoices i ON i.order_id = o.id GROUP BY o.id, o.amount;
