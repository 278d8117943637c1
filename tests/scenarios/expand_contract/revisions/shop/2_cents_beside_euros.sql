-- revision: 5a0000000002
-- down_revision: 5a0000000001
-- message: Cents beside euros
-- phase: expand

-- @upgrade
-- The strongest lock first: a weaker one that becomes stronger is how deadlocks begin. No default and no NOT NULL: no row
-- is touched.
ALTER TABLE orders ADD COLUMN amount_cents bigint;

-- Whoever writes one of the two columns writes the other: old code knows the one, new code the other.
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

-- What new code reads: right for rows that the backfill has not reached yet.
CREATE VIEW orders_now AS
SELECT id, customer, coalesce(amount_cents, round(amount * 100)::bigint) AS amount_cents FROM orders;

-- @downgrade
DROP VIEW orders_now;
DROP TRIGGER orders_both ON orders;
DROP FUNCTION orders_both();
ALTER TABLE orders DROP COLUMN amount_cents;
