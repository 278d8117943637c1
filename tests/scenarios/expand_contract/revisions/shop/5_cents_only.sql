-- revision: 5a0000000005
-- down_revision: 5a0000000004
-- message: Cents only
-- phase: contract
-- depends_on: ["billing:b10000000004"]

-- @upgrade
-- The view before the table, as those who read it lock them.
CREATE OR REPLACE VIEW orders_now AS SELECT id, customer, amount_cents FROM orders;
-- The valid check spares NOT NULL its look at every row.
ALTER TABLE orders ALTER COLUMN amount_cents SET NOT NULL;
ALTER TABLE orders DROP CONSTRAINT orders_have_cents;
DROP TRIGGER orders_both ON orders;
DROP FUNCTION orders_both();
ALTER TABLE orders DROP COLUMN amount;

-- @downgrade
ALTER TABLE orders ADD COLUMN amount numeric(12, 2);
UPDATE orders SET amount = amount_cents / 100.0;
ALTER TABLE orders ALTER COLUMN amount SET NOT NULL, ALTER COLUMN amount_cents DROP NOT NULL,
    ADD CONSTRAINT orders_have_cents CHECK (amount_cents IS NOT NULL);
CREATE FUNCTION orders_both() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.amount_cents := coalesce(NEW.amount_cents, round(NEW.amount * 100));
        NEW.amount := coalesce(NEW.amount, NEW.amount_cents / 100.0);
    ELSIF NEW.amount_cents IS DISTINCT FROM OLD.amount_cents THEN
        NEW.amount := NEW.amount_cents / 100.0;
    ELSE
        NEW.amount_cents := round(NEW.amount * 100);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER orders_both BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION orders_both();
CREATE OR REPLACE VIEW orders_now AS
SELECT id, customer, coalesce(amount_cents, round(amount * 100)::bigint) AS amount_cents FROM orders;
