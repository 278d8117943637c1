-- +goose Up
CREATE TABLE posts (
    id int NOT NULL AUTO_INCREMENT,
    title text,
    words int,
    PRIMARY KEY(id)
);

-- +goose Down
DROP TABLE posts;
