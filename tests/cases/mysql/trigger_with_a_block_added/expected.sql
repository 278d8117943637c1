-- up
DELIMITER $$
CREATE TRIGGER `g` AFTER DELETE ON `t` FOR EACH ROW BEGIN
  -- why; not
  IF OLD.a > 1 THEN
    SET @x = 'a;b';
  END IF;
END
$$
DELIMITER ;

-- down
DROP TRIGGER `g`;
