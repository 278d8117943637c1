ALTER TABLE todos ADD COLUMN done_at TEXT;
CREATE TRIGGER todos_done AFTER UPDATE ON todos WHEN NEW.done AND NOT OLD.done
BEGIN
    UPDATE todos SET done_at = '2024' WHERE id = NEW.id;
END;
