DROP TRIGGER todos_done;
ALTER TABLE todos DROP COLUMN done_at;
