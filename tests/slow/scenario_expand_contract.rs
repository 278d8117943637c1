//! Scenario 3: two services on one PostgreSQL database; expand, backfill and contract in three deploys, as described in
//! docs/scenarios/expand_contract.md, with the files of tests/scenarios/expand_contract. An old and a new client read
//! and write all the time, and neither sees an error.

use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::support::project::{Kind, Project, Run, until};
use postgres::{Client, NoTls, Transaction};

const KIND: Kind = Kind::Postgres;

/// The teams' folder, on a fresh database.
struct Teams {
    project: Project,
    url: String,
}

const FIRST: [&str; 2] = ["shop/1_orders", "billing/1_invoices"];
const RELEASE: [&str; 7] = [
    "shop/2_cents_beside_euros",
    "shop/3_fill_cents",
    "shop/4_cents_always",
    "shop/5_cents_only",
    "billing/2_cents_beside_euros",
    "billing/3_fill_cents",
    "billing/4_cents_only",
];

impl Teams {
    /// Creates the state in production, with amounts in euros. The files of the release exist, but none of them has
    /// run.
    fn new() -> Self {
        let project = Project::new();
        project.write("aludel.yaml", &file("aludel.yaml"));
        let url = project.new_database(KIND, "shop");
        let teams = Self { project, url };
        teams.bring(&FIRST);
        teams.ok(&["upgrade", "head", "--all"]);
        teams.sql(&file("data.sql"));
        teams.bring(&RELEASE);
        teams
    }

    fn bring(&self, names: &[&str]) {
        for name in names {
            let name = format!("revisions/{name}.sql");
            self.project.write(&name, &file(&name));
        }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.project.command(arguments).env("SHOP_DATABASE_URL", &self.url).output().unwrap())
    }

    fn ok(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.status, 0, "{arguments:?}\n{}{}", run.stdout, run.stderr);
        run
    }

    fn sql(&self, sql: &str) -> String {
        self.project.shell(KIND, &self.url, sql)
    }

    fn deploy(&self, phase: &str) -> Run {
        self.ok(&["deploy", "head", "--all", "--phase", phase, "--report", "deploy.md"])
    }

    /// Returns the version rows of the two services.
    fn rows(&self) -> String {
        self.sql("SELECT version_num FROM shop_version UNION ALL SELECT version_num FROM billing_version ORDER BY 1;")
    }

    /// Starts a client that repeats `round` until it is stopped.
    fn client(&self, round: fn(&mut Client) -> Result<(), postgres::Error>) -> Program {
        let state = Arc::new(State::default());
        let (url, shared) = (self.url.clone(), Arc::clone(&state));
        let thread = std::thread::spawn(move || {
            let mut client = Client::connect(&url, NoTls).unwrap();
            while !shared.stop.load(Ordering::Relaxed) {
                if let Err(error) = round(&mut client) {
                    *shared.error.lock().unwrap() = Some(format!("{error:?}"));
                    return;
                }
                shared.rounds.fetch_add(1, Ordering::Relaxed);
            }
        });
        Program { state, thread }
    }
}

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/expand_contract").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Running client.
struct Program {
    state: Arc<State>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    stop: AtomicBool,
    rounds: AtomicU64,
    /// Error that ended the client.
    error: Mutex<Option<String>>,
}

impl Program {
    /// Waits until the client has completed five more rounds. Fails if it ended, which means that it saw an error.
    fn works(&self) {
        let rounds = || self.state.rounds.load(Ordering::Relaxed);
        let before = rounds();
        until("rounds of a client", || self.thread.is_finished() || rounds() > before + 5);
        assert_eq!(*self.state.error.lock().unwrap(), None, "a client saw an error");
        assert!(!self.thread.is_finished(), "a client found something else than it wrote");
    }

    /// Stops the client and returns the number of rounds, all of them without an error.
    fn end(self) -> u64 {
        self.state.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("a client found what it wrote");
        assert_eq!(*self.state.error.lock().unwrap(), None, "a client saw an error");
        self.state.rounds.load(Ordering::Relaxed)
    }
}

/// One round of the old code, which uses euros: inserts an order with its invoice, updates it, reads the open amount.
fn old(client: &mut Client) -> Result<(), postgres::Error> {
    let mut work = client.transaction()?;
    let order = id(&mut work, "INSERT INTO orders (customer, amount) VALUES ('old', 12.50) RETURNING id")?;
    work.execute("INSERT INTO invoices (order_id, total) VALUES ($1, 10.25)", &[&order])?;
    work.commit()?;
    client.execute("UPDATE orders SET amount = amount + 0.50 WHERE id = $1", &[&order])?;
    let said = client.query_one("SELECT amount::text FROM orders WHERE id = $1", &[&order])?;
    assert_eq!(said.get::<_, String>(0), "13.00");
    let open = client.query_one("SELECT open::text FROM open_amounts WHERE order_id = $1", &[&order])?;
    assert_eq!(open.get::<_, String>(0), "2.75");
    // Orders from before the release are updated too.
    client.execute("UPDATE orders SET amount = amount + 1 WHERE id = 1 + $1::bigint % 20000", &[&order])?;
    Ok(())
}

/// One round of the new code, which uses cents.
fn new(client: &mut Client) -> Result<(), postgres::Error> {
    let mut work = client.transaction()?;
    let order = id(&mut work, "INSERT INTO orders (customer, amount_cents) VALUES ('new', 1250) RETURNING id")?;
    work.execute("INSERT INTO invoices (order_id, total_cents) VALUES ($1, 1025)", &[&order])?;
    work.commit()?;
    client.execute("UPDATE orders SET amount_cents = amount_cents + 50 WHERE id = $1", &[&order])?;
    let said = client.query_one("SELECT amount_cents FROM orders_now WHERE id = $1", &[&order])?;
    assert_eq!(said.get::<_, i64>(0), 1300);
    let open = client.query_one("SELECT open_cents FROM open_cents WHERE order_id = $1", &[&order])?;
    assert_eq!(open.get::<_, i64>(0), 275);
    // An order from before the release has an amount in cents, whether the backfill has reached it or not.
    let before =
        client.query_one("SELECT amount_cents FROM orders_now WHERE id = 1 + $1::bigint % 20000", &[&order])?;
    assert!(before.get::<_, i64>(0) >= 145);
    Ok(())
}

fn id(work: &mut Transaction<'_>, sql: &str) -> Result<i64, postgres::Error> {
    work.query_one(sql, &[]).map(|row| row.get(0))
}

/// Totals of the orders from before the release, in the old column and in the new one.
const EUROS: &str = "SELECT count(*), sum(amount) FROM orders WHERE customer LIKE 'customer%';";
const CENTS: &str = "SELECT count(*), round(sum(amount_cents) / 100.0, 2) FROM orders WHERE customer LIKE 'customer%';";

#[test]
fn three_deploys_and_neither_client_sees_an_error() {
    let teams = Teams::new();
    let old = teams.client(old);
    old.works();

    let first = teams.deploy("expand");
    assert!(first.stdout.contains("deployed 1 revision"), "{}", first.stdout);
    assert_eq!(teams.rows(), "5a0000000002\nb10000000002");
    old.works();
    let new = teams.client(new);
    new.works();

    teams.deploy("migrate");
    assert_eq!(teams.rows(), "5a0000000004\nb10000000003");
    old.works();
    new.works();
    assert_eq!(teams.sql("SELECT count(*) FROM orders WHERE amount_cents <> round(amount * 100);"), "0");
    assert_eq!(teams.sql("SELECT count(*) FROM invoices WHERE total_cents IS DISTINCT FROM total * 100;"), "0");

    // The old code is stopped before the columns that it needs are dropped.
    assert!(old.end() > 10);
    let euros = teams.sql(EUROS);
    teams.deploy("contract");
    assert_eq!(teams.rows(), "5a0000000005\nb10000000004");
    new.works();
    assert!(new.end() > 10);
    assert_eq!(teams.sql(CENTS), euros);
    let columns =
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'orders' ORDER BY ordinal_position;";
    assert_eq!(teams.sql(columns), "id\ncustomer\namount_cents");
    teams.ok(&["current", "--check-heads"]);
    assert!(
        std::fs::read_to_string(teams.project.path("deploy.md")).unwrap().contains("# Deploy of head, phase contract")
    );
}

#[test]
fn a_deploy_that_is_killed_in_the_backfill_is_run_again() {
    let teams = Teams::new();
    teams.deploy("expand");
    let clients = [teams.client(old), teams.client(new)];
    let migrate = ["deploy", "head", "--all", "--phase", "migrate", "--no-backup"];
    let mut command = teams.project.command(&migrate);
    let mut runner =
        command.env("SHOP_DATABASE_URL", &teams.url).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let filled = "SELECT count(*) FROM orders WHERE amount_cents IS NOT NULL AND customer LIKE 'customer%';";
    until("some batches", || teams.sql(filled).parse::<u32>().unwrap() >= 1000);
    runner.kill().unwrap();
    runner.wait().unwrap();
    assert!(teams.sql(filled).parse::<u32>().unwrap() < 20_000, "it was not killed in the middle");
    clients.iter().for_each(Program::works);
    let again = teams.ok(&migrate);
    assert!(again.stderr.contains("continues"), "{}", again.stderr);
    assert_eq!(teams.sql(filled), "20000");
    clients.into_iter().for_each(|client| assert!(client.end() > 5));
    assert_eq!(teams.rows(), "5a0000000004\nb10000000003");
}

#[test]
fn contract_before_the_backfill_is_refused_and_changes_nothing() {
    let teams = Teams::new();
    teams.deploy("expand");
    let run = teams.run(&["deploy", "head", "--all", "--phase", "contract"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("needs the migrate revision") && run.stdout.contains("nothing was changed"),
        "{}",
        run.stdout
    );
    assert_eq!(teams.rows(), "5a0000000002\nb10000000002");
}

#[test]
fn one_service_alone_waits_for_the_other() {
    let teams = Teams::new();
    teams.deploy("expand");
    teams.deploy("migrate");
    let run = teams.run(&["deploy", "head", "-s", "shop", "--phase", "contract", "--no-backup"]);
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("needs billing:b10000000004"), "{}", run.stderr);
    teams.ok(&["deploy", "head", "-s", "billing", "--phase", "contract", "--no-backup"]);
    teams.ok(&["deploy", "head", "-s", "shop", "--phase", "contract", "--no-backup"]);
    assert_eq!(teams.rows(), "5a0000000005\nb10000000004");
}

#[test]
fn what_was_contracted_can_be_taken_back() {
    let teams = Teams::new();
    teams.ok(&["upgrade", "head", "--all"]);
    teams.ok(&["downgrade", "5a0000000004", "-s", "shop", "--yes"]);
    teams.ok(&["downgrade", "b10000000003", "-s", "billing", "--yes"]);
    let old = teams.client(old);
    old.works();
    old.end();
    teams.ok(&["upgrade", "head", "--all"]);
}
