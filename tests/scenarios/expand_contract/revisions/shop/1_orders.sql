-- revision: 5a0000000001
-- down_revision: null
-- message: Orders, in euros

-- @upgrade
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer text NOT NULL,
    amount numeric(12, 2) NOT NULL
);

-- @downgrade
DROP TABLE orders;
