//! `report` and `open`: the data of the page, what is not in it, and who is answered.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::project::Project;

/// A message that would be markup if it were not text.
const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";

/// Two services on SQLite, one of them half-way through a revision, and one whose server does not answer.
fn project() -> Project {
    let project = Project::new();
    project.write(
        "aludel.yaml",
        "services:\n  auth: { url: 'sqlite:auth.db', revisions: auth }\n  \
         shop: { url: 'sqlite:shop.db', revisions: shop }\n  \
         lost: { url: 'postgres://app:geheim@127.0.0.1:1/lost', revisions: lost }\n",
    );
    let write = |service: &str, id: &str, down: &str, header: &str, upgrade: &str, downgrade: &str| {
        let header = format!("-- revision: {id}\n-- down_revision: {down}\n{header}");
        let text = format!("{header}\n-- @upgrade\n{upgrade}\n\n-- @downgrade\n{downgrade}\n");
        project.write(&format!("{service}/{id}.sql"), &text);
    };
    let users = "CREATE TABLE users (id INTEGER PRIMARY KEY, mail TEXT NOT NULL);";
    write("auth", "a1", "null", "-- message: Create users", users, "DROP TABLE users;");
    let rename = "ALTER TABLE users RENAME COLUMN mail TO email;";
    write("auth", "a2", "a1", &format!("-- message: '{HOSTILE}'"), rename, "SELECT 1;");
    let orders = "CREATE TABLE orders (id INTEGER PRIMARY KEY, buyer INTEGER REFERENCES orders (id));";
    write("shop", "b1", "null", "-- branch_labels: [sales]", orders, "DROP TABLE orders;");
    let both = "CREATE TABLE notes (id INTEGER PRIMARY KEY);\nINSERT INTO nowhere VALUES (1);";
    write("shop", "b2", "b1", "-- depends_on: ['auth:a2']\n-- transaction: false", both, "DROP TABLE notes;");
    write("shop", "b3", "b2", "", "DROP TABLE notes;", "SELECT 1;");
    write("lost", "c1", "null", "", "CREATE TABLE secret_plans (id integer);", "DROP TABLE secret_plans;");
    let run = project.run(&["upgrade", "head", "-s", "auth", "-s", "shop"]);
    assert_eq!(run.status, 1, "{run:?}");
    project
}

fn service<'d>(document: &'d Value, name: &str) -> &'d Value {
    document["services"].as_array().unwrap().iter().find(|service| service["service"] == name).unwrap()
}

fn revision<'d>(document: &'d Value, name: &str, id: &str) -> &'d Value {
    let revisions = service(document, name)["revisions"].as_array().unwrap();
    revisions.iter().find(|revision| revision["revision"] == id).unwrap()
}

#[test]
fn the_document_has_positions_failures_effects_and_changes_of_every_service() {
    let project = project();
    let document = project.json(&["report"]);
    let ids =
        |list: &Value| list.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let (auth, shop, lost) = (service(&document, "auth"), service(&document, "shop"), service(&document, "lost"));
    assert_eq!(ids(&auth["database"]["current"]), ["a2"]);
    assert_eq!(
        (ids(&shop["database"]["current"]), ids(&shop["database"]["pending"])),
        (vec!["b1".into()], vec!["b2".into(), "b3".into()])
    );
    let half = &shop["database"]["incomplete"][0];
    assert_eq!(
        (&half["revision"], &half["statements_done"], &half["statements_total"]),
        (&"b2".into(), &1.into(), &2.into())
    );
    assert_eq!(shop["journal"][0]["state"], "failed");
    assert!(shop["journal"][0]["error"].as_str().unwrap().contains("nowhere"), "{shop}");
    assert_eq!(revision(&document, "shop", "b2")["depends_on"][0], "auth:a2");
    assert_eq!(revision(&document, "auth", "a2")["message"], HOSTILE);
    // What each revision does to a database in use, whatever is applied.
    assert_eq!(revision(&document, "shop", "b3")["findings"][0]["rule"], "drop-table");
    assert_eq!(revision(&document, "shop", "b3")["statements"][0]["losses"][0]["table"], "notes");
    assert_eq!(revision(&document, "auth", "a1")["statements"][0]["is_downgrade"], true);
    let upgrade = &revision(&document, "auth", "a1")["sections"]["upgrade"];
    assert_eq!(
        (upgrade["line"].as_u64(), upgrade["text"].as_str().unwrap().starts_with("CREATE TABLE users")),
        (Some(5), true)
    );
    let steps = auth["objects"]["steps"].as_array().unwrap();
    let renamed = &steps[1]["changes"][0];
    assert_eq!((&renamed["name"], &renamed["renamed_from"]), (&"users.email".into(), &"users.mail".into()));
    // `nowhere` is in no replay either: the object log ends before it, and says why.
    let steps = shop["objects"]["steps"].as_array().unwrap();
    assert_eq!(steps.iter().map(|step| &step["revision"]).collect::<Vec<_>>(), ["b1"]);
    assert!(shop["objects_error"]["message"].is_string(), "{shop}");
    // A server that does not answer hides neither its own revisions nor the other services.
    assert!(lost["database"]["error"]["message"].is_string(), "{lost}");
    assert_eq!(lost["revisions"].as_array().unwrap().len(), 1);
}

#[test]
fn the_page_contains_no_password_and_no_markup_from_the_data() {
    let project = project();
    project.ok(&["report", "--html", "report.html"]);
    let page = std::fs::read_to_string(project.path("report.html")).unwrap();
    assert!(page.contains("alert(1)"), "the message is there as text");
    assert!(!page.contains("<script>alert") && !page.contains("<img") && page.matches("</script>").count() == 2);
    assert!(!page.contains("geheim"));
    // Nothing is left of the temporary file that was renamed.
    let names = std::fs::read_dir(project.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().ends_with(".tmp")));
}

#[test]
fn without_sql_the_page_has_no_statement_and_offline_it_has_no_database() {
    let project = project();
    project.ok(&["report", "--html", "report.html", "--no-sql", "--offline"]);
    let page = std::fs::read_to_string(project.path("report.html")).unwrap();
    for statement in ["CREATE TABLE users", "RENAME COLUMN", "INSERT INTO nowhere"] {
        assert!(!page.contains(statement), "{statement}");
    }
    let document = project.json(&["report", "--offline"]);
    assert_eq!(service(&document, "shop")["database"], Value::Null);
    assert_eq!(service(&document, "auth")["objects"], Value::Null);
}

#[test]
fn files_that_cannot_be_read_are_an_error_and_do_not_hide_the_other_services() {
    let project = project();
    project.write("lost/broken.sql", "-- revision: [\n\n-- @upgrade\n");
    let run = project.run(&["report", "--html", "report.html", "--offline"]);
    assert_eq!(run.status, 1, "{run:?}");
    let page = std::fs::read_to_string(project.path("report.html")).unwrap();
    assert!(page.contains("\"service\":\"lost\",\"error\":{"), "{page}");
    assert!(page.contains("Create users"));
    assert_eq!(project.run(&["report"]).status, 2, "neither --html nor --json");
    let unwritable = project.run(&["report", "--offline", "-s", "auth", "--html", "nowhere/report.html"]);
    assert!(unwritable.stderr.contains("report-unwritable"), "{unwritable:?}");
}

#[test]
fn lines_of_included_files_are_named_by_their_own_file() {
    let project = Project::new();
    project.write("aludel.yaml", "url: 'sqlite:shop.db'\nrevisions: revisions\n");
    project.write("revisions/parts/orders.sql", "\n-- orders\nCREATE TABLE orders (id INTEGER);\nDROP TABLE users;\n");
    project.write(
        "revisions/b1.sql",
        "-- revision: b1\n-- down_revision: null\n\n-- @upgrade\nCREATE TABLE users (id INTEGER);\n\
         -- @include parts/orders.sql\n\nINSERT INTO nowhere VALUES (1);\n\n-- @downgrade\nDROP TABLE orders;\n",
    );
    assert_eq!(project.run(&["upgrade", "head"]).status, 1);
    let document = project.json(&["report"]);
    let revision = &document["services"][0]["revisions"][0];
    let part = "revisions/parts/orders.sql";
    assert_eq!(
        revision["sections"]["upgrade"]["files"],
        json!([
            { "at": 0, "path": null, "line": 5 },
            { "at": 1, "path": part, "line": 1 },
            { "at": 5, "path": null, "line": 7 },
        ]),
        "{revision:#}"
    );
    let lines = revision["sections"]["upgrade"]["text"].as_str().unwrap().lines().collect::<Vec<_>>();
    assert_eq!((lines[3], lines[6]), ("CREATE TABLE orders (id INTEGER);", "INSERT INTO nowhere VALUES (1);"));
    let finding = revision["findings"].as_array().unwrap().iter().find(|one| one["object"] == "orders").unwrap();
    assert_eq!((&finding["path"], &finding["line"]), (&part.into(), &3.into()), "{revision:#}");
    let dropping = revision["statements"].as_array().unwrap().iter().find(|one| one["verb"] == "DROP TABLE").unwrap();
    assert_eq!((&dropping["path"], &dropping["line"]), (&part.into(), &4.into()));
    assert_eq!(revision["sections"]["downgrade"]["files"], json!([{ "at": 0, "path": null, "line": 11 }]));
}

/// Sends a request to a server and returns the answer.
fn request(port: &str, text: &str) -> String {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn open_answers_its_own_address_only_and_ends_with_an_interrupt() {
    let project = project();
    let mut command = project.command(&["open", "--no-browser", "--offline", "--quiet"]);
    let mut server = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut address).unwrap();
    let (host, path) = address.trim().strip_prefix("http://").unwrap().split_once('/').unwrap();
    let port = host.strip_prefix("127.0.0.1:").unwrap();
    assert!(path.len() > 30, "{path}");
    // A connection on which nothing is sent keeps no other one waiting.
    let _idle = TcpStream::connect(host).unwrap();
    let page = request(port, &format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    assert!(page.starts_with("HTTP/1.1 200 OK") && page.contains("Create users"), "{page}");
    let refused = |target: &str, host: &str| request(port, &format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    assert!(refused("/", host).starts_with("HTTP/1.1 404"));
    assert!(refused("/0000/", host).starts_with("HTTP/1.1 404"));
    assert!(refused(&format!("/{path}"), "evil.example").starts_with("HTTP/1.1 403"));
    let pid = server.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(server.wait().unwrap().code(), Some(0));
}
