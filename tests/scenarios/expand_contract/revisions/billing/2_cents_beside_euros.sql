-- revision: b10000000002
-- down_revision: b10000000001
-- message: Cents beside euros
-- phase: expand
-- depends_on: ["shop:5a0000000002"]

-- @upgrade
ALTER TABLE invoices ADD COLUMN total_cents bigint;

CREATE FUNCTION invoices_both() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.total_cents := coalesce(NEW.total_cents, round(NEW.total * 100));
    NEW.total := coalesce(NEW.total, NEW.total_cents / 100.0);
    RETURN NEW;
END
$$;

-- Nobody changes an invoice: new ones are all there is to keep in step.
CREATE TRIGGER invoices_both BEFORE INSERT ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_both();

CREATE VIEW invoices_now AS
SELECT id, order_id, coalesce(total_cents, round(total * 100)::bigint) AS total_cents FROM invoices;

-- The shop's orders as the shop shows them to new code.
CREATE VIEW open_cents AS
SELECT o.id AS order_id, (o.amount_cents - coalesce(sum(i.total_cents), 0))::bigint AS open_cents
FROM orders_now o LEFT JOIN invoices_now i ON i.order_id = o.id GROUP BY o.id, o.amount_cents;

-- @downgrade
DROP VIEW open_cents;
DROP VIEW invoices_now;
DROP TRIGGER invoices_both ON invoices;
DROP FUNCTION invoices_both();
ALTER TABLE invoices DROP COLUMN total_cents;
