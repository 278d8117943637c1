//! Files of docs/deploying.md: they are valid YAML, and every aludel command in them exists.

use std::path::Path;
use std::process::Command;

use crate::support::project::{Kind, Project};

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Parses a YAML file. Duplicate keys, tabs and the like are errors.
fn yaml(name: &str) -> serde_yaml::Value {
    serde_yaml::from_str(&file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn aludel(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_aludel")).args(arguments).output().unwrap()
}

/// Checks that the command line is valid: clap parses everything before `--help` and rejects unknown words.
fn is_a_command(arguments: &[&str]) {
    let known = aludel(&[arguments, &["--help"]].concat());
    assert!(known.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&known.stderr));
}

fn strings(value: &serde_yaml::Value) -> Vec<String> {
    value.as_sequence().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_kubernetes_job_runs_a_command_that_exists() {
    let job = yaml("deploy/kubernetes.yaml");
    assert_eq!(job["kind"], "Job");
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    let arguments = strings(&container["args"]);
    is_a_command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let environment = container["env"].as_sequence().unwrap().iter().map(|entry| entry["name"].as_str().unwrap());
    assert_eq!(environment.collect::<Vec<_>>(), ["AUTH_DATABASE_URL", "CHAT_DATABASE_URL"]);
}

#[test]
fn the_hooks_of_helm_and_argo_cd_are_jobs_with_a_command_that_exists() {
    for (name, hook, value) in [
        ("deploy/helm-hook.yaml", "helm.sh/hook", "pre-install,pre-upgrade"),
        ("deploy/argo-cd.yaml", "argocd.argoproj.io/hook", "PreSync"),
    ] {
        let job = yaml(name);
        assert_eq!(job["kind"], "Job", "{name}");
        assert_eq!(job["metadata"]["annotations"][hook], value, "{name}");
        let policy = &job["metadata"]["annotations"][format!("{hook}-delete-policy")];
        assert!(policy.is_string(), "{name}: a second run needs the name of the first");
        let pod = &job["spec"]["template"]["spec"];
        assert_eq!(pod["restartPolicy"], "Never", "{name}");
        let arguments = strings(&pod["containers"][0]["args"]);
        is_a_command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(pod["containers"][0]["envFrom"][0]["secretRef"]["name"].is_string(), "{name}");
    }
}

#[test]
fn the_services_of_docker_compose_wait_for_one_another() {
    let mut file = yaml("deploy/docker-compose.yaml");
    file.apply_merge().unwrap();
    let services = &file["services"];
    let ended = |service: &str, other: &str| {
        assert_eq!(services[service]["depends_on"][other]["condition"], "service_completed_successfully");
    };
    ended("migrations", "db-ready");
    ended("app", "migrations");
    for service in ["db-ready", "migrations"] {
        let arguments = strings(&services[service]["command"]);
        is_a_command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let variables = services[service]["environment"].as_mapping().unwrap().keys();
        assert!(variables.eq(["AUTH_DATABASE_URL", "CHAT_DATABASE_URL"]), "{service}");
    }
}

#[test]
fn the_github_workflow_runs_as_it_is_shipped() {
    let workflow = yaml("deploy/github-actions.yml");
    let job = &workflow["jobs"]["migrations"];
    let commands =
        job["steps"].as_sequence().unwrap().iter().filter_map(|step| step["run"].as_str()?.strip_prefix("aludel "));
    let commands: Vec<&str> = commands.collect();
    let names: Vec<_> = commands.iter().filter_map(|command| command.split_whitespace().next()).collect();
    assert_eq!(names, ["heads", "upgrade", "downgrade", "upgrade", "current"]);
    let project = Project::example();
    // All services share one database as in the file, but its URL is another one.
    let variables: Vec<&str> = job["env"].as_mapping().unwrap().keys().map(|name| name.as_str().unwrap()).collect();
    let url = project.new_database(Kind::Postgres, "all");
    for command in commands {
        let mut run = project.command(&command.split_whitespace().collect::<Vec<_>>());
        let output = run.envs(variables.iter().map(|name| (name, &url))).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_start_script_is_a_script_of_sh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/azure-startup.sh");
    assert!(Command::new("sh").arg("-n").arg(path).status().unwrap().success());
    let script = file("deploy/azure-startup.sh");
    let line = script.lines().find_map(|line| line.strip_prefix("./aludel ")).unwrap();
    is_a_command(&line.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn the_systemd_unit_has_known_keys_only_and_a_command_that_exists() {
    const KNOWN: [(&str, &[&str]); 3] = [
        ("[Unit]", &["Description", "After", "Wants", "Before"]),
        (
            "[Service]",
            &["Type", "RemainAfterExit", "User", "WorkingDirectory", "EnvironmentFile", "ExecStart", "TimeoutStartSec"],
        ),
        ("[Install]", &["WantedBy"]),
    ];
    let unit = file("deploy/aludel.service");
    let mut keys: &[&str] = &[];
    for line in unit.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some((_, known)) = KNOWN.iter().find(|(section, _)| *section == line) {
            keys = known;
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{line}"));
        assert!(keys.contains(&key), "{line}");
        if key == "ExecStart" {
            let words: Vec<_> = value.split_whitespace().collect();
            assert_eq!(words[0], "/usr/local/bin/aludel");
            is_a_command(&words[1..]);
        }
    }
}

#[test]
fn the_image_holds_the_binary_and_starts_it() {
    const INSTRUCTIONS: [&str; 6] = ["FROM", "WORKDIR", "COPY", "RUN", "ENTRYPOINT", "CMD"];
    let image = file("Dockerfile");
    let lines: Vec<_> = image.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    for line in &lines {
        let instruction = line.split_whitespace().next().unwrap();
        assert!(INSTRUCTIONS.contains(&instruction), "{line}");
    }
    let array = |name: &str| {
        let line = lines.iter().find_map(|line| line.strip_prefix(name)).unwrap();
        serde_json::from_str::<Vec<String>>(line).unwrap()
    };
    assert_eq!(array("ENTRYPOINT "), ["/usr/local/bin/aludel"]);
    let arguments = array("CMD ");
    assert!(aludel(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).status.success());
    assert!(lines.contains(&"RUN cargo build --release --locked"));
    assert!(lines.contains(&"COPY --from=build /build/target/release/aludel /usr/local/bin/aludel"));
}

/// Returns completions, requested as bash does it, which is the simplest of the shells' protocols.
fn completed(words: &[&str], folder: &str) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aludel"));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    command.env("ALUDEL_COMPLETE", "bash").env("_CLAP_IFS", "\n");
    command.env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string()).arg("--").args(words);
    let output = command.output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn revisions_labels_and_services_are_completed_from_the_files() {
    assert_eq!(completed(&["aludel", "heads", "-s", ""], "."), ["auth", "chat2chart"]);
    let targets = completed(&["aludel", "upgrade", ""], ".");
    for wanted in ["head", "base", "chat@head", "7268ff7729ee", "aab471adcfc5"] {
        assert!(targets.iter().any(|target| target == wanted), "{wanted}: {targets:?}");
    }
    let of_auth = completed(&["aludel", "-s", "auth", "show", "7268"], ".");
    assert_eq!(of_auth, ["7268ff7729ee"]);
}

#[test]
fn templates_sides_of_diff_backups_and_formats_are_completed_heads_first() {
    let targets = completed(&["aludel", "-s", "chat2chart", "show", ""], ".");
    assert_eq!(targets[..6], ["head", "heads", "base", "current", "aab471adcfc5", "chat@head"], "{targets:?}");
    let templates = completed(&["aludel", "revision", "--template", "add"], ".");
    assert_eq!(templates, ["add-column-backfill", "add-table"]);
    assert_eq!(completed(&["aludel", "init", "--template", ""], "."), ["single", "multi"]);
    let sides = completed(&["aludel", "-s", "auth", "diff", ""], ".");
    assert_eq!(sides[..5], ["database", "schema", "current", "base", "head"], "{sides:?}");
    assert!(completed(&["aludel", "diff", "head", "da"], ".").contains(&"database".to_owned()));
    assert!(completed(&["aludel", "stamp", "--from", "dri"], ".").contains(&"drizzle".to_owned()));
    assert_eq!(completed(&["aludel", "lint", "--format", "sa"], "."), ["sarif"]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("aludel.yaml"), "url: sqlite:a.db\nrevisions: r\n").unwrap();
    std::fs::create_dir(folder.path().join("r")).unwrap();
    let here = folder.path().to_str().unwrap();
    assert_eq!(completed(&["aludel", "restore", ""], here)[..1], ["latest"]);
    let run = |word: &str| Command::new(env!("CARGO_BIN_EXE_aludel")).arg(word).current_dir(here).output().unwrap();
    run("ensure-version");
    let backup = run("backup");
    let backups = completed(&["aludel", "restore", "default-"], here);
    assert_eq!(backups.len(), 1, "{}", String::from_utf8_lossy(&backup.stderr));
}

#[test]
fn completing_where_there_is_no_project_offers_what_needs_none() {
    let folder = tempfile::tempdir().unwrap();
    let offered = completed(&["aludel", "upgrade", ""], folder.path().to_str().unwrap());
    assert!(offered.iter().all(|word| !word.contains("7268")), "{offered:?}");
}

#[test]
fn a_manual_page_is_written_for_each_command() {
    let above = tempfile::tempdir().unwrap();
    // A missing folder is created.
    let folder = above.path().join("share/man1");
    let pages = aludel(&["man", folder.to_str().unwrap()]);
    assert!(pages.status.success(), "{}", String::from_utf8_lossy(&pages.stderr));
    for name in ["aludel.1", "aludel-upgrade.1", "aludel-man.1"] {
        let page = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(page.contains(".TH"), "{name}");
    }
}
