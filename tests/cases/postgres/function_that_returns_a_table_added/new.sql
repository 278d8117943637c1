CREATE FUNCTION f(n integer) RETURNS TABLE (a integer, b text) LANGUAGE sql ROWS 10 AS 'SELECT 1, ''x''';
