-- revision: 5a0000000003
-- down_revision: 5a0000000002
-- message: Cents for the orders that are there
-- phase: migrate

-- @upgrade
-- Orders that come meanwhile have their cents from the trigger.
-- @batch table=orders key=id size=500 pause=2ms
UPDATE orders SET amount_cents = round(amount * 100) WHERE amount_cents IS NULL AND id BETWEEN :low AND :high;

-- @downgrade

-- @verify
SELECT id, customer FROM orders WHERE amount_cents IS NULL;
