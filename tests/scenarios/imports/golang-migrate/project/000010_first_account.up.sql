INSERT INTO accounts (balance) VALUES (10);
UPDATE accounts SET balance = 11;
