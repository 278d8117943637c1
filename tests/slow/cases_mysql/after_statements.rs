//! The catalog after known statements, of which only the tables that they name are read, is the one that is read as a
//! whole.

use std::sync::atomic::{AtomicUsize, Ordering};

use aludel::database::CatalogRequest;
use aludel::schema::{Options, Schema, script};

use super::place::Place;
use super::server;
use crate::support::cases::{self, Case, prove, same, told};

/// Tables that no case names. Without them all tables of a case would be read.
fn bystanders() -> String {
    let table = |number| {
        format!(
            "CREATE TABLE bystander_{number} (id INT PRIMARY KEY, other INT, \
             CONSTRAINT others_{number} FOREIGN KEY (other) REFERENCES bystander_{number} (id));"
        )
    };
    (0..32).map(table).collect()
}

#[test]
fn what_is_read_after_the_statements_of_a_case_is_the_whole_catalog() {
    let all: Vec<Case> = cases::cases("mysql").into_iter().filter(server::fits).collect();
    let followed = AtomicUsize::new(0);
    prove(&all, (0..4).map(|_| [Place::new(), Place::new()]).collect(), |[changed, wanted], case| {
        changed.empty();
        wanted.empty();
        changed.run(&case.old)?;
        wanted.run(&case.new)?;
        let (from, to) = (changed.read(false), wanted.read(false));
        changed.run(&bystanders())?;
        let options = case.options(&from, true);
        followed.fetch_add(step(changed, case, (&from, &to), &options)?, Ordering::Relaxed);
        let renames = options.renames.iter().map(aludel::schema::Rename::reversed).collect();
        let options = Options { renames, ..options };
        followed.fetch_add(step(changed, case, (&to, &from), &options)?, Ordering::Relaxed);
        Ok(())
    });
    let followed = followed.into_inner();
    assert!(!cases::are_complete() || followed > all.len(), "{followed} of {}", 2 * all.len());
}

/// Applies a change, and returns 1 if the catalog was followed.
fn step(place: &mut Place, case: &Case, (from, to): (&Schema, &Schema), options: &Options) -> Result<usize, String> {
    let request = CatalogRequest::default();
    let way = script(from, to, options);
    let failed = |error: String| format!("{error}\n--- the script:\n{}", told(&way));
    let parts = case.filled(&way);
    let statements: Vec<&str> = parts.iter().flat_map(|(_, statements)| statements).map(String::as_str).collect();
    let before = place.database.catalog_text(&request).unwrap();
    place.apply(&parts).map_err(failed)?;
    let followed = place.database.catalog_text_after(&request, &before, &statements).unwrap();
    let whole = place.database.catalog_text(&request).unwrap();
    match followed {
        Some(followed) => same("read after the statements", &followed, &whole).map_err(failed).map(|()| 1),
        None => Ok(0),
    }
}
