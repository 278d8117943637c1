-- revision: b10000000003
-- down_revision: b10000000002
-- message: Cents for the invoices that are there
-- phase: migrate

-- @upgrade
-- @batch table=invoices key=id size=500 pause=2ms
UPDATE invoices SET total_cents = round(total * 100) WHERE total_cents IS NULL AND id BETWEEN :low AND :high;

-- @downgrade

-- @verify
SELECT id, order_id FROM invoices WHERE total_cents IS NULL;
