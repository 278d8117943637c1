//! Mistyped commands, and words of other tools.

use crate::support::project::Project;

/// Creates the services `auth`, with a label, and `chat`, each with a revision.
fn two_services() -> Project {
    let project = Project::new();
    let service = |name: &str| format!("  {name}:\n    url: sqlite:{name}.db\n    revisions: {name}\n");
    project.write("aludel.yaml", &format!("services:\n{}{}", service("auth"), service("chat")));
    let file = |id: &str, header: &str| {
        format!("-- revision: {id}\n-- down_revision: null\n{header}\n-- @upgrade\nSELECT 1;\n\n-- @downgrade\n")
    };
    project.write("auth/a.sql", &file("aaaa1111", "-- branch_labels: [billing]\n"));
    project.write("chat/b.sql", &file("bbbb1111", ""));
    project
}

#[test]
fn slips_and_other_tools_symbols_are_told_what_is_meant() {
    let project = two_services();
    for (typed, meant) in [
        ("hed", "head"),
        ("haeds", "heads"),
        ("bsae", "base"),
        ("biling", "billing"),
        ("biling@head", "billing"),
        ("latest", "head"),
        ("zero", "base"),
    ] {
        let document = project.json(&["upgrade", typed, "-s", "auth"]);
        assert_eq!(document["error"]["code"], "revision-not-found", "{document}");
        let hints = document["error"]["hints"].to_string();
        assert!(hints.contains("did you mean") && hints.contains(meant), "{typed}: {hints}");
    }
}

#[test]
fn a_revision_of_another_service_is_told_with_that_service() {
    let project = two_services();
    for command in [["upgrade", "bbbb1111"], ["show", "bbbb1111"], ["downgrade", "bbbb"]] {
        let document = project.json(&[&command[..], &["-s", "auth"]].concat());
        assert!(document["error"]["hints"].to_string().contains("-s chat"), "{command:?}: {document}");
    }
    let label = project.json(&["upgrade", "billing", "-s", "chat"]);
    assert!(label["error"]["hints"].to_string().contains("-s auth"), "{label}");
}

#[test]
fn a_slip_in_a_services_name_is_told() {
    let document = two_services().json(&["heads", "-s", "atuh"]);
    assert_eq!(document["error"]["hints"][0], "did you mean auth?", "{document}");
}

#[test]
fn other_tools_commands_are_told_what_to_type() {
    let project = Project::new();
    for (typed, meant) in [
        ("migrate", "aludel upgrade head"),
        ("rollback", "aludel downgrade -1"),
        ("up", "aludel upgrade head"),
        ("down", "aludel downgrade -1"),
        ("makemigrations", "aludel revision -m TEXT"),
        ("info", "aludel status"),
    ] {
        let run = project.run(&[typed]);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(meant), "{typed}: {}", run.stderr);
        assert!(project.json(&[typed])["error"]["hints"].to_string().contains(meant), "{typed}");
    }
}

#[test]
fn merge_takes_the_only_service_with_several_heads() {
    let project = two_services();
    let other = "-- revision: aaaa2222\n-- down_revision: null\n\n-- @upgrade\nSELECT 2;\n\n-- @downgrade\n";
    project.write("auth/b.sql", other);
    let run = project.run(&["merge", "-m", "join"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("auth/"), "{}", run.stdout);
    // No service has several heads now.
    assert_eq!(project.json(&["merge", "-m", "join"])["error"]["code"], "usage");
}

#[test]
fn a_new_revision_goes_to_the_service_whose_folder_or_schema_is_meant() {
    let project = two_services();
    let run = project.run(&["revision", "-m", "one", "--version-path", "chat"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("chat/"), "{}", run.stdout);
    assert_eq!(project.run(&["revision", "-m", "two"]).status, 2);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &format!("{config}    schema: chat.schema.sql\n"));
    project.write("chat.schema.sql", "CREATE TABLE t (i int);\n");
    let run = project.run(&["revision", "-m", "three", "--autogenerate"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stdout.contains("chat/"), "{}", run.stdout);
}
