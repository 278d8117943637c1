//! Files of the schema cases in `tests/cases/`, without a server: a tenth of the cases of each database have their
//! expected statements, and each such file is complete.

use std::path::{Path, PathBuf};

/// Returns the folders of the cases of a database.
fn cases(database: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(database);
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
}

#[test]
fn a_tenth_of_the_cases_of_each_database_have_their_expected_statements() {
    for database in ["postgres", "mysql", "sqlite"] {
        let cases = cases(database);
        let files: Vec<PathBuf> = cases.iter().map(|case| case.join("expected.sql")).filter(|f| f.is_file()).collect();
        let (count, all) = (files.len(), cases.len());
        assert!(count * 10 >= all, "{database}: {count} of {all} cases have an expected.sql");
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            let shown = file.display();
            assert!(text.lines().any(|line| line == "-- up"), "{shown} has no `-- up`: UPDATE_CASES=1 writes it");
            let options = std::fs::read_to_string(file.with_file_name("options")).unwrap_or_default();
            let is_one_way = options.lines().any(|line| line.trim() == "one way");
            assert_eq!(text.lines().any(|line| line == "-- down"), !is_one_way, "{shown}: `-- down`");
        }
    }
}
