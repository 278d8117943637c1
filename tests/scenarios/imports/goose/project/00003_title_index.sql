-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX posts_words ON posts (words);

-- +goose Down
DROP INDEX posts_words ON posts;
