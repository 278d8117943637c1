//! Tests of the splitter.

use crate::dialects::mysql::client::BAD_DELIMITER;
use crate::sql::tests::{check, refused};
use crate::sql::{Dialect, INSTEAD_OF_COMMAND, SplitProblem};

#[test]
fn statements_end_at_semicolons_outside_quotes_and_comments() {
    check(
        Dialect::MYSQL,
        &[
            ("", &[]),
            ("-- a; b\n# c; d\n/* e; */;;", &[]),
            ("SELECT 1;SELECT 2", &["Rows: SELECT 1", "Rows: SELECT 2"]),
            ("SELECT 1--2; SELECT 3", &["Rows: SELECT 1--2", "Rows: SELECT 3"]),
            ("SELECT 1--;2", &["Rows: SELECT 1--", "Other: 2"]),
            (
                "SELECT 1 -- ;\n; SELECT 2 --\t;\n; SELECT 3 --\n; SELECT 4 --",
                &["Rows: SELECT 1", "Rows: SELECT 2", "Rows: SELECT 3", "Rows: SELECT 4"],
            ),
            ("SELECT 1 #;'\n; SELECT 2", &["Rows: SELECT 1", "Rows: SELECT 2"]),
            ("SELECT ';\\';', ';'';'; SELECT 1", &["Rows: SELECT ';\\';', ';'';'", "Rows: SELECT 1"]),
            ("SELECT \";\\\";\", \";\"\";\"; SELECT 1", &["Rows: SELECT \";\\\";\", \";\"\";\"", "Rows: SELECT 1"]),
            ("SELECT '\\\\'; SELECT 1", &["Rows: SELECT '\\\\'", "Rows: SELECT 1"]),
            ("SELECT `a;\\`, `b``;`; SELECT 1", &["Rows: SELECT `a;\\`, `b``;`", "Rows: SELECT 1"]),
            ("/* a /* b */ SELECT 1; SELECT 2", &["Rows: SELECT 1", "Rows: SELECT 2"]),
            ("SELECT \\N; SELECT 1", &["Rows: SELECT \\N", "Rows: SELECT 1"]),
            (
                "SELECT _utf8'a;', x'41', n';', 1a$; SELECT 1",
                &["Rows: SELECT _utf8'a;', x'41', n';', 1a$", "Rows: SELECT 1"],
            ),
            ("SELECT $$ ; SELECT 1 -- $$", &["Rows: SELECT $$", "Rows: SELECT 1"]),
            ("SELECT @`;`, @';', @a:=1; SELECT 'größe;'", &["Rows: SELECT @`;`, @';', @a:=1", "Rows: SELECT 'größe;'"]),
            ("SELECT (1; SELECT 2", &["Rows: SELECT (1", "Rows: SELECT 2"]),
        ],
    );
}

#[test]
fn executable_comments_are_code() {
    check(
        Dialect::MYSQL,
        &[
            ("/*!40101 SET NAMES utf8 */;\n", &["Setting: /*!40101 SET NAMES utf8 */"]),
            ("/*! SELECT 1 */; SELECT 2", &["Rows: /*! SELECT 1 */", "Rows: SELECT 2"]),
            ("/*M!100100 SET a=1 */;", &["Setting: /*M!100100 SET a=1 */"]),
            (
                "-- x\n/*!50001 CREATE VIEW v AS SELECT 1 AS `;` */;",
                &["Other: /*!50001 CREATE VIEW v AS SELECT 1 AS `;` */"],
            ),
            ("/*!40000 ALTER TABLE `t` DISABLE KEYS */;", &["Other: /*!40000 ALTER TABLE `t` DISABLE KEYS */"]),
            (
                "CREATE TABLE t (a int) /*!50100 PARTITION BY HASH (a) */; SELECT 1",
                &["Other: CREATE TABLE t (a int) /*!50100 PARTITION BY HASH (a) */", "Rows: SELECT 1"],
            ),
            ("/*M!999999\\- enable the sandbox mode */ \n-- x\nSELECT 1;", &["Rows: SELECT 1"]),
            ("/*!999999\\- enable the sandbox mode */\n", &[]),
            ("/*!50003 */; SELECT 1", &["Rows: SELECT 1"]),
            (
                "/*!50003 CREATE*/ /*!50017 DEFINER=`r;`@`%`*/ /*!50003 TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN SET @a = 1; /* c; */ SET @b = '*/'; END */; SELECT 1",
                &[
                    "Other: /*!50003 CREATE*/ /*!50017 DEFINER=`r;`@`%`*/ /*!50003 TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN SET @a = 1; /* c; */ SET @b = '*/'; END */",
                    "Rows: SELECT 1",
                ],
            ),
            ("SELECT /*+ NO_INDEX(t) ; */ 1; SELECT 2", &["Rows: SELECT /*+ NO_INDEX(t) ; */ 1", "Rows: SELECT 2"]),
        ],
    );
}

#[test]
fn delimiter_lines_change_what_ends_a_statement() {
    check(
        Dialect::MYSQL,
        &[
            (
                "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END//\nDELIMITER ;\nSELECT 1;",
                &["Other: CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END", "Rows: SELECT 1"],
            ),
            (
                "delimiter $$\r\nCREATE PROCEDURE p() BEGIN SELECT 1; END$$\r\ndelimiter ;\r\nSELECT 1",
                &["Other: CREATE PROCEDURE p() BEGIN SELECT 1; END", "Rows: SELECT 1"],
            ),
            (
                "DELIMITER ;;\n/*!50003 CREATE*/ /*!50003 TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET NEW.a = 1 */;;\nDELIMITER ;\n",
                &["Other: /*!50003 CREATE*/ /*!50003 TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET NEW.a = 1 */"],
            ),
            (
                "DELIMITER ;;\nCREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN SELECT 1; END ;;\nSELECT 2;;DELIMITER ;\nSELECT 3;",
                &[
                    "Other: CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN SELECT 1; END",
                    "Rows: SELECT 2",
                    "Rows: SELECT 3",
                ],
            ),
            (
                "DELIMITER //\nSELECT '//', `//`, 1 -- //\n//\nSELECT 2//",
                &["Rows: SELECT '//', `//`, 1", "Rows: SELECT 2"],
            ),
            // Statements without a body are split at semicolons as well, so that a COMMIT cannot hide behind another
            // statement.
            (
                "DELIMITER //\nINSERT INTO t VALUES (1); COMMIT; //\nDELIMITER ;",
                &["Rows: INSERT INTO t VALUES (1)", "Transaction: COMMIT"],
            ),
            ("DELIMITER //\nCREATE PROCEDURE p() SELECT 1;\n//", &["Other: CREATE PROCEDURE p() SELECT 1"]),
            ("DELIMITER //\nCREATE PROCEDURE p() BEGIN END;\n-- c\n//", &["Other: CREATE PROCEDURE p() BEGIN END"]),
            ("DELIMITER go\nSELECT 1 go\nSELECT 2\ngo", &["Rows: SELECT 1", "Rows: SELECT 2"]),
            ("DELIMITER |\nSELECT 1|SELECT 2 ||", &["Rows: SELECT 1", "Rows: SELECT 2"]),
            ("DELIMITER // -- set\nSELECT 1//\nDELIMITER ; # back\nSELECT 2;", &["Rows: SELECT 1", "Rows: SELECT 2"]),
            ("SELECT delimiter FROM t; SELECT 1", &["Rows: SELECT delimiter FROM t", "Rows: SELECT 1"]),
            (
                "DELIMITER //\nCREATE PACKAGE BODY p AS PROCEDURE a AS BEGIN NULL; END; END//",
                &["Other: CREATE PACKAGE BODY p AS PROCEDURE a AS BEGIN NULL; END; END"],
            ),
        ],
    );
}

#[test]
fn compound_bodies_are_whole_without_a_delimiter() {
    let cases = [
        "CREATE PROCEDURE p() BEGIN END",
        "CREATE DEFINER=`root`@`localhost` PROCEDURE p(IN a INT, OUT b VARCHAR(10)) READS SQL DATA COMMENT 'begin;' BEGIN SELECT 1; END",
        "CREATE OR REPLACE DEFINER=CURRENT_USER() FUNCTION f(a INT) RETURNS INT DETERMINISTIC BEGIN RETURN IF(a, 1, 2); END",
        "CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; ELSEIF b THEN SELECT IF(1, 2, 3); ELSE IF (c) THEN SELECT 4; END IF; END IF; END",
        "CREATE PROCEDURE p() BEGIN CASE a WHEN 1 THEN SELECT 1; WHEN 2 THEN BEGIN END; ELSE SELECT 3; END CASE; END",
        "CREATE PROCEDURE p() BEGIN SELECT CASE a WHEN 1 THEN CASE b WHEN 2 THEN 3 END ELSE IF(1, 2, 3) END; SELECT 2; END",
        "CREATE PROCEDURE p() BEGIN a: LOOP SET @x = @x + 1; IF @x > 3 THEN LEAVE a; END IF; ITERATE a; END LOOP a; SELECT 1; END",
        "CREATE PROCEDURE p() `lbl`: BEGIN WHILE a > 0 DO SET a = a - 1; DO SLEEP(1); DO IF(1, 2, 3); END WHILE; SELECT 1; END lbl",
        "CREATE PROCEDURE p() BEGIN REPEAT SET a = REPEAT('x', 3); UNTIL CASE WHEN a THEN 1 ELSE 0 END END REPEAT; SELECT 1; END",
        "CREATE PROCEDURE p() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION, NOT FOUND BEGIN ROLLBACK; RESIGNAL; END; SELECT 1; END",
        "CREATE PROCEDURE p() BEGIN DECLARE CONTINUE HANDLER FOR SQLSTATE '02000' SET done = 1; DECLARE c CURSOR FOR SELECT a FROM t; SELECT 1; END",
        "CREATE PROCEDURE p() BEGIN DECLARE CONTINUE HANDLER FOR 1062 IF a THEN SELECT 1; END IF; SELECT 2; END",
        "CREATE PROCEDURE p() BEGIN DROP TABLE IF EXISTS t; CREATE TABLE IF NOT EXISTS t (a INT); SELECT t.`end`, t.end, @if, @case FROM t; END",
        "CREATE PROCEDURE p() BEGIN INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = CASE WHEN a THEN 1 END; START TRANSACTION; COMMIT; END",
        "CREATE PROCEDURE p() BEGIN FOR i IN 1..3 DO SELECT i; END FOR; FOR r IN (SELECT a FROM t) DO SELECT r.a; END FOR; END",
        "CREATE PROCEDURE IF NOT EXISTS p() IF a THEN SELECT 1; ELSE SELECT 2; END IF",
        "CREATE FUNCTION f() RETURNS CHAR(10) CHARACTER SET utf8 BEGIN RETURN ';'; END",
        "CREATE FUNCTION f() RETURNS SET('a','b') BEGIN RETURN 'a'; END",
        "CREATE FUNCTION f(a INT) RETURNS INT RETURN CASE a WHEN 1 THEN 2 ELSE IF(1, 2, 3) END",
        "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET NEW.a = CASE WHEN NEW.b THEN 1 ELSE 2 END",
        "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW FOLLOWS u BEGIN IF NEW.a THEN SET NEW.b = 1; END IF; END",
        "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW IF NEW.a THEN SET NEW.b = 1; END IF",
        "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN SET NEW.a = (SELECT end FROM y LIMIT 1); SET NEW.b = 1; END",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS NOW() + INTERVAL 1 HOUR ON COMPLETION PRESERVE COMMENT 'do' DO BEGIN DELETE FROM t; DELETE FROM u; END",
        "ALTER EVENT e DO BEGIN DELETE FROM t; END",
        "BEGIN NOT ATOMIC SELECT 1; IF 1 THEN SELECT 2; END IF; END",
        "CREATE PROCEDURE p() BEGIN BEGIN NOT ATOMIC IF 1 THEN SELECT 1; END IF; END; SELECT 2; END",
        "IF 1 THEN SELECT 1; ELSE SELECT 2; END IF",
        "CREATE PROCEDURE p() # BEGIN\nBEGIN SELECT 1; -- END;\nEND",
        "/*!50003 CREATE PROCEDURE p() */ BEGIN SELECT 1; END",
        "create procedure p() begin declare a int default case when 1 then 2 end; select 1; end",
        "CREATE FUNCTION metaphon RETURNS STRING SONAME 'udf_example.so'",
        "CREATE PROCEDURE p() SELECT 1",
        "CREATE TABLE event (begin INT, `case` INT)",
    ];
    for case in cases {
        let text = format!("{case};\nSELECT 1;\n");
        check(Dialect::MYSQL, &[(&text, &[&format!("Other: {case}"), "Rows: SELECT 1"])]);
        let text = format!("DELIMITER $$\n{case}$$\nDELIMITER ;\nSELECT 1;\n");
        check(Dialect::MYSQL, &[(&text, &[&format!("Other: {case}"), "Rows: SELECT 1"])]);
    }
}

#[test]
fn kinds_follow_the_leading_keywords() {
    for (kind, statements) in [
        (
            "Transaction",
            &[
                "BEGIN",
                "BEGIN WORK",
                "START TRANSACTION",
                "COMMIT",
                "ROLLBACK",
                "rollback work",
                "XA START 'x'",
                "/*!50003 COMMIT */",
            ][..],
        ),
        (
            "Setting",
            &[
                "SET a = 1",
                "SET NAMES utf8mb4",
                "SET TRANSACTION READ ONLY",
                "USE db",
                "/*!40103 SET TIME_ZONE='+00:00' */",
            ],
        ),
        (
            "Rows",
            &[
                "SELECT 1",
                "REPLACE INTO t VALUES (1)",
                "LOAD DATA INFILE 'x' INTO TABLE t",
                "WITH a AS (SELECT 1) SELECT * FROM a",
                "(SELECT 1)",
                "SHOW TABLES",
                "DESC t",
                "VALUES ROW(1)",
                "INSERT  IGNORE INTO `t` VALUES (1)",
            ],
        ),
        (
            "Other",
            &[
                "CREATE TABLE t (a int)",
                "LOCK TABLES t WRITE",
                "UNLOCK TABLES",
                "START SLAVE",
                "SAVEPOINT a",
                "ROLLBACK TO a",
                "ROLLBACK WORK TO SAVEPOINT a",
                "RELEASE SAVEPOINT a",
                "SET PASSWORD = 'x'",
                "SET DEFAULT ROLE r",
                "SET STATEMENT a=1 FOR CREATE TABLE t (a int)",
                "TRUNCATE t",
                "RESET MASTER",
                "LOAD INDEX INTO CACHE t",
                "CALL p()",
                "END",
            ],
        ),
    ] {
        for statement in statements {
            check(Dialect::MYSQL, &[(statement, &[&format!("{kind}: {statement}")])]);
        }
    }
}

#[test]
fn what_is_not_closed_or_not_sql_is_refused_where_it_stands() {
    let command = |name: &str| SplitProblem::ClientCommand {
        name: name.to_owned(),
        client: "the mysql client",
        instead: INSTEAD_OF_COMMAND,
    };
    refused(
        Dialect::MYSQL,
        &[
            ("SELECT 'a\\'", SplitProblem::UnterminatedString, "'"),
            ("SELECT \"a'", SplitProblem::UnterminatedString, "\""),
            ("SELECT `a", SplitProblem::UnterminatedIdentifier, "`"),
            ("SELECT 1; /* a", SplitProblem::UnterminatedComment, "/*"),
            ("/*!50003 SELECT 1;", SplitProblem::UnterminatedComment, "/*!50003"),
            ("/*!50003 SELECT '*/;", SplitProblem::UnterminatedString, "'"),
            ("source x.sql\n", command("source"), "source"),
            ("SELECT 1;\n\\. x.sql\n", command("\\."), "\\."),
            ("SELECT 1\\G\n", command("\\G"), "\\G"),
            ("SELECT 1\\g\n", command("\\g"), "\\g"),
            ("SYSTEM ls", command("SYSTEM"), "SYSTEM"),
            ("DELIMITER\nSELECT 1", BAD_DELIMITER, "DELIMITER"),
            ("DELIMITER \\\\\nSELECT 1", BAD_DELIMITER, "DELIMITER \\\\"),
            ("DELIMITER // SELECT 1//\n", BAD_DELIMITER, "DELIMITER // SELECT 1//"),
            ("DELIMITER 0123456789abcdef\n", BAD_DELIMITER, "DELIMITER 0123456789abcdef"),
        ],
    );
}
