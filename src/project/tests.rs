//! Tests with files in temporary folders.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::open::open_from;
use super::write::replace_all;
use super::*;
use crate::config::Service;
use crate::diagnostic::position;
use crate::graph::GraphError;
use crate::id::RevisionId;
use crate::revision::{Header, RevisionError};

fn none(_: &str) -> Option<String> {
    None
}

fn folder_with(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn service(folder: &TempDir, revisions: &[&str]) -> Service {
    Service::from_flags(None, revisions.iter().map(|name| folder.path().join(name)).collect(), &none)
}

fn id(text: &str) -> RevisionId {
    RevisionId::new(text).unwrap()
}

fn ids(history: &History) -> Vec<&str> {
    history.entries.iter().map(|entry| entry.header.revision.as_str()).collect()
}

#[track_caller]
fn fails(service: &Service) -> ProjectError {
    *History::load(service).map(|history| history.entries).unwrap_err()
}

#[test]
fn files_are_read_in_order_and_only_those_that_are_revisions() {
    let folder = folder_with(&[
        ("b/2.sql", "-- revision: b2\n-- down_revision: a1"),
        ("b/1.sql", "-- revision: b1\n"),
        ("a/9.sql", "-- revision: a1\n-- depends_on: [other:x, default:b1, b1]\n"),
        ("a/.hidden.sql", "no header"),
        ("a/notes.txt", "no header"),
        ("a/deep/0.sql", "-- revision: deep"),
        ("a/deeper.sql/0.sql", "-- revision: deeper"),
        ("a/.git/0.sql", "no header"),
    ]);
    let mut service = service(&folder, &["b", "a"]);
    let history = History::load(&service).unwrap();
    assert_eq!(ids(&history), ["b1", "b2", "a1"]);
    let external: Vec<_> = history.external().iter().map(|(from, to)| (from.as_str(), to.to_string())).collect();
    assert_eq!(external, [("a1", "other:x".to_owned())]);
    assert_eq!(history.graph.heads(), [id("b1"), id("b2")]);
    service.recursive = true;
    assert_eq!(ids(&History::load(&service).unwrap()), ["b1", "b2", "a1", "deep", "deeper"]);
}

#[test]
fn a_file_that_two_folders_lead_to_counts_once() {
    let folder = folder_with(&[("a/1.sql", "-- revision: a1"), ("a/in/2.sql", "-- revision: a2")]);
    let mut service = service(&folder, &["a", "a/in", "a/../a", "a/in"]);
    assert_eq!(ids(&History::load(&service).unwrap()), ["a1", "a2"]);
    service.recursive = true;
    assert_eq!(ids(&History::load(&service).unwrap()), ["a1", "a2"]);
}

#[cfg(unix)]
#[test]
fn links_lead_to_files_and_never_in_circles() {
    let folder = folder_with(&[("a/1.sql", "-- revision: a1"), ("else/2.sql", "-- revision: a2")]);
    let link =
        |to: &str, name: &str| std::os::unix::fs::symlink(folder.path().join(to), folder.path().join(name)).unwrap();
    link("else/2.sql", "a/2.sql");
    link("else/2.sql", "a/3.sql");
    link("a", "a/circle");
    let mut service = service(&folder, &["a"]);
    assert_eq!(ids(&History::load(&service).unwrap()), ["a1", "a2"]);
    service.recursive = true;
    assert_eq!(ids(&History::load(&service).unwrap()), ["a1", "a2"]);
}

#[test]
fn many_files_are_read_by_several_threads_in_the_same_order() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..1200 {
        let down = if number == 0 { "null".to_owned() } else { format!("r{:04}", number - 1) };
        // Headers of many lengths around the size of the first read.
        let text = format!(
            "-- revision: r{number:04}\n-- down_revision: {down}\n-- message: {}\n\n-- @upgrade\nß",
            "ä".repeat(number)
        );
        fs::write(folder.path().join(format!("{number:04}.sql")), text).unwrap();
    }
    let service = service(&folder, &["."]);
    let history = History::load(&service).unwrap();
    assert_eq!(history.entries.len(), 1200);
    assert!(
        history
            .entries
            .iter()
            .enumerate()
            .all(|(number, entry)| entry.header.revision.as_str() == format!("r{number:04}"))
    );
    assert!(
        history.entries.iter().enumerate().all(|(number, entry)| entry
            .header
            .message
            .as_deref()
            .unwrap_or("")
            .chars()
            .count()
            == number)
    );
    fs::write(folder.path().join("0700.sql"), "-- revison: x").unwrap();
    fs::write(folder.path().join("0300.sql"), "-- revison: x").unwrap();
    let error = fails(&service);
    assert!(error.location().unwrap().path.ends_with("0300.sql"), "the first in file order");
}

#[test]
fn errors_know_file_and_place() {
    let folder = folder_with(&[("a/1.sql", "-- revision: a1\n-- down_revison: x\n")]);
    let service = service(&folder, &["a"]);
    let error = fails(&service);
    let location = error.location().unwrap();
    assert_eq!(
        (location.span.slice(&location.text), position(&location.text, location.span.start).line),
        ("down_revison", 2)
    );
    let path = folder.path().join("a/1.sql");
    fs::write(&path, b"-- revision: a1\n-- message: \xc3\xa4\xff\n").unwrap();
    let ProjectError::NotUtf8 { location, byte } = fails(&service) else { panic!("UTF-8") };
    let place = position(&location.text, location.span.start);
    assert_eq!((byte, place.line, place.column), (0xff, 2, 14));
    assert_eq!(location.span.slice(&location.text), "\u{fffd}");
    fs::write(
        &path,
        b"-- revision: a1\n\n-- @upgrade\n".iter().copied().chain(vec![b'x'; 2000]).chain([0xff]).collect::<Vec<_>>(),
    )
    .unwrap();
    let history = History::load(&service).unwrap();
    let error = *history.read(&id("a1")).unwrap_err();
    assert!(matches!(error, ProjectError::NotUtf8 { .. }), "{error:?}");
    fs::write(&path, "-- revision: a2\n").unwrap();
    assert!(matches!(*history.read(&id("a1")).unwrap_err(), ProjectError::ChangedMeanwhile { .. }));
    fs::write(&path, "-- revision: a1\n\nDROP TABLE t;\n").unwrap();
    let error = *history.read(&id("a1")).unwrap_err();
    assert!(matches!(error, ProjectError::Revision { error: RevisionError::OutsideSection { .. }, .. }), "{error:?}");
    assert!(matches!(*history.read(&id("zz")).unwrap_err(), ProjectError::UnknownRevision { .. }));
    fs::remove_dir_all(folder.path().join("a")).unwrap();
    assert!(matches!(fails(&service), ProjectError::NoFolder { .. }));
}

#[test]
fn what_is_no_graph_names_both_files_at_their_lines() {
    let folder = folder_with(&[("a/1.sql", "-- message: x\n-- revision: a1"), ("a/2.sql", "-- revision: a1")]);
    let service = service(&folder, &["a"]);
    let ProjectError::Graph { error: GraphError::DuplicateRevision { .. }, files, .. } = fails(&service) else {
        panic!("graph")
    };
    let lines: Vec<_> =
        files.iter().map(|file| (file.path.file_name().unwrap(), file.span.slice(&file.text))).collect();
    assert_eq!(lines, [("1.sql".as_ref(), "-- revision: a1"), ("2.sql".as_ref(), "-- revision: a1")]);
}

#[test]
fn symbols_are_known_by_id_beginning_and_label() {
    let folder = folder_with(&[("a/1.sql", "-- revision: 3f2a9c1b7d40\n-- branch_labels: [billing, feature-2]")]);
    let history = History::load(&service(&folder, &["a"])).unwrap();
    for symbol in
        ["3f2a9c1b7d40", "3f2a", "billing", "billing@head", "bill@+1", "3f2a-1", "billing+2", "feature-2", "3f2a@base"]
    {
        assert!(history.knows(symbol), "{symbol}");
    }
    for symbol in ["3f2", "head", "heads", "base", "+1", "-1", "", "@head", "other@head", "current"] {
        assert!(!history.knows(symbol), "{symbol}");
    }
}

#[test]
fn the_config_is_the_one_named_or_the_nearest_above() {
    let config = |name: &str| format!("services:\n  {name}:\n    revisions: r\n");
    let (top, deep, named) = (config("top"), config("deep"), config("named"));
    let files = [
        ("aludel.yaml", top.as_str()),
        ("x/y/aludel.yaml", &deep),
        ("x/other.yaml", &named),
        ("templates/own.sql", ""),
    ];
    let folder = folder_with(&files);
    fs::create_dir_all(folder.path().join("x/y/z")).unwrap();
    let name = |here: &str, flags: &ProjectFlags, environment: &dyn Fn(&str) -> Option<String>| {
        open_from(&folder.path().join(here), flags, environment).unwrap().services[0].name.clone()
    };
    let flags = ProjectFlags::default();
    assert_eq!((name("x", &flags, &none), name("x/y/z", &flags, &none)), ("top".into(), "deep".into()));
    let other = folder.path().join("x/other.yaml");
    let variable = |name: &str| (name == "ALUDEL_CONFIG").then(|| other.display().to_string());
    assert_eq!(name("x/y", &flags, &variable), "named");
    let flags = ProjectFlags { config: Some(folder.path().join("aludel.yaml")), ..flags };
    assert_eq!(name("x/y", &flags, &variable), "top");
    let opened = open_from(folder.path(), &ProjectFlags::default(), &none).unwrap();
    assert_eq!(opened.services[0].templates, Some(folder.path().join("templates")));
    assert_eq!(opened.services[0].revisions, [folder.path().join("r")]);
}

#[test]
fn flags_overrule_the_named_service_or_make_one() {
    let folder = folder_with(&[("aludel.yaml", "services:\n  a:\n    revisions: r\n  b:\n    revisions: r\n")]);
    let mut flags = ProjectFlags {
        url: Some("sqlite:x.db".into()),
        revisions: Some("elsewhere".into()),
        ..ProjectFlags::default()
    };
    flags.services = vec!["b".into()];
    let config = open_from(folder.path(), &flags, &none).unwrap();
    assert!(config.services[0].url().is_err());
    assert_eq!(config.services[1].url().unwrap().path(), Some(Path::new("x.db")));
    assert_eq!(config.services[1].revisions, [PathBuf::from("elsewhere")]);
    let nowhere = Path::new("/");
    let config = open_from(nowhere, &flags, &none).unwrap();
    assert_eq!((config.path, config.services[0].name.as_str()), (None, "default"));
    let error = open_from(nowhere, &ProjectFlags::default(), &none).unwrap_err();
    assert!(matches!(*error, ProjectError::NoConfig { .. }), "{error:?}");
}

#[test]
fn files_are_written_whole_and_never_over_others() {
    let folder = folder_with(&[]);
    let path = folder.path().join("a.sql");
    write_new(&path, "one").unwrap();
    assert!(matches!(*write_new(&path, "two").unwrap_err(), ProjectError::Exists { .. }));
    assert!(matches!(*replace(&path, "other", "two").unwrap_err(), ProjectError::Changed { .. }));
    assert_eq!(fs::read_to_string(&path).unwrap(), "one");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_ne!(mode() & 0o044, 0, "others may read a new file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        replace(&path, "one", "two").unwrap();
        assert_eq!(mode(), 0o640);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn new_revisions_come_from_skeletons_and_are_found_again() {
    let folder = folder_with(&[
        ("r/1.sql", "-- revision: a1\n"),
        ("t/own.sql", "{# ours #}\n{{ header }}\n-- @upgrade\nSELECT 1;\n"),
    ]);
    let mut service = service(&folder, &["r"]);
    service.templates = Some(folder.path().join("t"));
    let history = History::load(&service).unwrap();
    let mut header = Header::new(id("0123"));
    header.down_revisions = vec![id("a1")];
    header.created = Some("2026-11-21T12:00:00Z".into());
    header.message = Some("Add: a thing".into());
    let path = write_revision(&history, &header, "own", None, None).unwrap();
    assert_eq!(path, folder.path().join("r/20261121_1200_0123_add_a_thing.sql"));
    let history = History::load(&service).unwrap();
    assert_eq!(history.entry(&id("0123")).unwrap().header, header);
    let error = write_revision(&history, &header, "empty", None, None).unwrap_err();
    assert!(matches!(*error, ProjectError::Exists { .. }));
    let error = write_revision(&history, &header, "empty", Some(folder.path()), None).unwrap_err();
    assert!(matches!(*error, ProjectError::ForeignFolder { .. }));
    let error = write_revision(&history, &header, "none", None, None).unwrap_err();
    assert!(matches!(*error, ProjectError::Skeleton(_)));
}

#[cfg(unix)]
#[test]
fn hooks_run_on_the_file_and_tell_when_they_fail() {
    let folder = folder_with(&[("a.sql", "x")]);
    let mut service = service(&folder, &["."]);
    let hook = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    service.post_write_hooks = vec![
        hook(&["cp", "{path}", "{path}.copy"]),
        hook(&["sh", "-c", "echo said >&2; exit 3"]),
        hook(&["no-such-program-here"]),
    ];
    let failures = run_hooks(&service, &folder.path().join("a.sql"));
    assert!(folder.path().join("a.sql.copy").exists());
    let [exit, missing] = failures.as_slice() else { panic!("{failures:?}") };
    assert!(exit.problem.contains('3') && exit.problem.contains("said") && exit.command.ends_with("a.sql"), "{exit}");
    assert!(missing.command.starts_with("no-such-program-here "), "{missing}");
}

#[test]
fn a_new_project_opens() {
    for starter in crate::revision::Starter::ALL {
        let folder = folder_with(&[]);
        assert!(!starter.description().is_empty());
        let made = init(&folder.path().join("new"), starter.name).unwrap();
        assert!(made.iter().all(|path| path.exists()));
        let config = open_from(&folder.path().join("new"), &ProjectFlags::default(), &none).unwrap();
        for service in &config.services {
            assert!(service.url().is_ok());
            assert!(History::load(service).unwrap().entries.is_empty());
        }
        assert!(config.shared_version_tables().is_empty());
        let error = init(&folder.path().join("new"), starter.name).unwrap_err();
        assert!(matches!(*error, ProjectError::Exists { .. }));
    }
    assert!(matches!(*init(Path::new("x"), "none").unwrap_err(), ProjectError::UnknownStarter { .. }));
}

#[test]
fn the_example_project_opens() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = open_from(root, &ProjectFlags::default(), &none).unwrap();
    assert_eq!(config.services.len(), 2);
    for service in &config.services {
        let history = History::load(service).unwrap();
        for entry in &history.entries {
            history.read(&entry.header.revision).unwrap();
        }
    }
}

#[test]
fn a_file_whose_text_is_kept_is_not_read_again() {
    let text = |table: &str| format!("-- revision: a\n\n-- @upgrade\nCREATE TABLE {table} (id int);\n");
    let comments = |lines: usize| format!("{}{}", text("t"), "-- a comment\n".repeat(lines));
    for (before, is_kept) in [(text("t"), true), (comments(1_000), true), (comments(10_000), false)] {
        let folder = folder_with(&[("r/a.sql", &before)]);
        let path = folder.path().join("r/a.sql");
        let service = service(&folder, &["r"]);
        let (keeps, reads) = (History::load_with_texts(&service).unwrap(), History::load(&service).unwrap());
        assert_eq!(keeps.read(&id("a")).unwrap(), reads.read(&id("a")).unwrap());
        fs::write(&path, text("other")).unwrap();
        assert_eq!(keeps.read(&id("a")).unwrap().text.to_string(), if is_kept { before } else { text("other") });
        assert_eq!(reads.read(&id("a")).unwrap().text.to_string(), text("other"));
        fs::remove_file(&path).unwrap();
        assert_eq!(keeps.read(&id("a")).is_ok(), is_kept);
        keeps.forget_texts();
        assert!(matches!(*keeps.read(&id("a")).unwrap_err(), ProjectError::Read { .. }));
        assert!(matches!(*reads.read(&id("a")).unwrap_err(), ProjectError::Read { .. }));
    }
}

#[test]
fn the_fingerprint_of_a_kept_text_is_that_of_its_file() {
    let folder = folder_with(&[("r/1.sql", "-- revision: a\n-- @upgrade\nCREATE TABLE t (id INT);\n")]);
    let service = Service::from_flags(Some("sqlite:a.db"), vec![folder.path().join("r")], &none);
    let dialect = service.dialect().unwrap();
    let (plain, keeps) = (History::load(&service).unwrap(), History::load_with_texts(&service).unwrap());
    let read = plain.upgrade_fingerprint(&id("a"), dialect).unwrap();
    assert_eq!(plain.kept_fingerprint(&id("a"), dialect), None);
    assert_eq!(keeps.kept_fingerprint(&id("a"), dialect), Some(read.as_str()));

    fs::write(folder.path().join("r/1.sql"), "-- revision: a\n-- @upgrade\nDROP TABLE t;\n").unwrap();
    assert_eq!(keeps.upgrade_fingerprint(&id("a"), dialect).unwrap(), read);
    keeps.forget_texts();
    assert_ne!(keeps.upgrade_fingerprint(&id("a"), dialect).unwrap(), read, "the file is read again");
}

#[test]
fn an_invalid_section_is_the_same_error_whether_the_text_is_kept_or_not() {
    let cases: [&[u8]; 4] = [
        b"-- revision: a\n\n-- @upgrade\nA;\n-- @upgrade\nB;\n",
        b"-- revision: a\n\n-- @upgrade\n<<<<<<< HEAD\nA;\n=======\nB;\n>>>>>>> other\n",
        &[b"-- revision: a\n\n-- @upgrade\n".as_slice(), &b"-- a comment\n".repeat(200), b"SELECT '\xff';\n"].concat(),
        b"-- revision: \n",
    ];
    for bytes in cases {
        let folder = folder_with(&[("r/a.sql", "")]);
        fs::write(folder.path().join("r/a.sql"), bytes).unwrap();
        let service = service(&folder, &["r"]);
        let error = |history: ProjectResult<History>| history.and_then(|history| history.read(&id("a"))).unwrap_err();
        let (keeps, reads) = (error(History::load_with_texts(&service)), error(History::load(&service)));
        assert_eq!(format!("{keeps:?}"), format!("{reads:?}"));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn files_are_all_replaced_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["a", "b"].map(|name| folder.path().join(name));
    std::fs::write(&first, "one").unwrap();
    std::fs::write(&second, "two").unwrap();
    replace_all(&[(&first, "one", "1"), (&second, "two", "2")]).unwrap();
    let texts = || [&first, &second].map(|path| std::fs::read_to_string(path).unwrap());
    assert_eq!(texts(), ["1", "2"]);
    assert!(replace_all(&[(&first, "1", "x"), (&second, "other", "x")]).is_err());
    assert_eq!(texts(), ["1", "2"]);
    // No one can create a file there, so the second file cannot be replaced.
    let unwritable = folder.path().join("c");
    std::os::unix::fs::symlink("/proc/sys/kernel/ostype", &unwritable).unwrap();
    assert!(replace_all(&[(&first, "1", "x"), (&unwritable, "Linux\n", "x")]).is_err());
    assert_eq!(texts(), ["1", "2"]);
}
