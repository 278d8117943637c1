insert into ${schema}.person (id, name) values (1, 'Axel'), (2, 'Mr. Foo'), (3, 'Ms. Bar {{x}}');
