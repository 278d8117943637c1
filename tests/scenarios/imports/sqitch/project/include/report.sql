CREATE VIEW flipr.report AS
SELECT u.nickname, f.body FROM flipr.users u JOIN flipr.userflips USING (nickname) JOIN flipr.flips f ON f.id = flip;
