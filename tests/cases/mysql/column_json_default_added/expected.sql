-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `carts` MODIFY COLUMN `goods` json DEFAULT '[]' CHECK (json_valid(`goods`)), ALGORITHM=INSTANT;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `carts` MODIFY COLUMN `goods` json CHECK (json_valid(`goods`)), ALGORITHM=INSTANT;
