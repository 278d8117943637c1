CREATE TRIGGER note_change AFTER UPDATE ON accounts FOR EACH ROW
BEGIN
    IF NEW.balance <> OLD.balance THEN
        INSERT INTO changes (account) VALUES (NEW.id);
    END IF;
END;
