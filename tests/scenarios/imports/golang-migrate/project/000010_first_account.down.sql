DELETE FROM changes;
DELETE FROM accounts;
