-- revision: b10000000001
-- down_revision: null
-- message: Invoices, in euros
-- depends_on: ["shop:5a0000000001"]

-- @upgrade
CREATE TABLE invoices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id),
    total numeric(12, 2) NOT NULL
);

CREATE INDEX invoices_order ON invoices (order_id);

CREATE VIEW open_amounts AS
SELECT o.id AS order_id, o.amount - coalesce(sum(i.total), 0) AS open
FROM orders o LEFT JOIN invoices i ON i.order_id = o.id GROUP BY o.id, o.amount;

-- @downgrade
DROP VIEW open_amounts;
DROP TABLE invoices;
