-- +goose Up
-- +goose StatementBegin
CREATE PROCEDURE count_words()
BEGIN
    DECLARE done INT DEFAULT 0;
    UPDATE posts SET words = LENGTH(title) - LENGTH(REPLACE(title, ' ', '')) + 1;
    SET done = 1;
END
-- +goose StatementEnd
INSERT INTO posts (title) VALUES ('a title; of words');
CALL count_words();

-- +goose Down
DELETE FROM posts;
-- +goose StatementBegin
DROP PROCEDURE count_words
-- +goose StatementEnd
