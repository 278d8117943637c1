DROP TABLE changes;
DROP TABLE accounts;
