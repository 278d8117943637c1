create schema ${schema};
create table ${schema}.person (
    id int not null primary key,
    name varchar(100) not null,
    settings json not null default '{"a": {"b": 1}}'
);
