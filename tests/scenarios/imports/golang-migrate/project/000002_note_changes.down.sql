DROP TRIGGER note_change;
