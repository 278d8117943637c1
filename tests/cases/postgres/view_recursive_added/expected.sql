-- on: postgres 12-15
-- up
CREATE VIEW public.numbers AS
WITH RECURSIVE numbers(n) AS (
         SELECT 1 AS "?column?"
        UNION ALL
         SELECT (numbers_1.n + 1)
           FROM numbers numbers_1
          WHERE (numbers_1.n < 10)
        )
 SELECT numbers.n
   FROM numbers;

-- down
DROP VIEW public.numbers;
