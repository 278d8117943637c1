//! Random histories in Python files: aludel and a real Alembic resolve targets alike, run the same revisions, and have
//! the same rows in the version table afterwards. `ALUDEL_SOAK=N` tries N times as many histories.
//!
//! The differences documented in docs/from-alembic.md are excluded: cases in which Alembic ends with a traceback, and
//! rows after downgrades with several heads.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::alembic;
use crate::support::project::{Kind, Project};

/// An `env.py` that connects to no database and answers `questions.json`: revisions that would run, and rows
/// afterwards.
const ANSWERS: &str = r#"import json
from unittest.mock import MagicMock
from alembic import context, util
from alembic.runtime.migration import HeadMaintainer

script = context.script

def answer(question):
    rows = tuple(question["rows"])
    try:
        if question["down"]:
            steps = list(script._downgrade_revs(question["target"], rows or None))
        else:
            steps = list(script._upgrade_revs(question["target"], rows or None))
        heads = HeadMaintainer(MagicMock(as_sql=True), rows)
        for step in steps:
            heads.update_to_step(step)
        return {"steps": [step.revision.revision for step in steps], "rows": sorted(heads.heads)}
    except util.CommandError:
        return {"refused": True}
    except Exception as error:
        return {"crashed": repr(error)}

with open("questions.json") as file:
    print("ANSWERS" + json.dumps([answer(question) for question in json.load(file)]))
"#;

/// Pseudorandom numbers that are the same in each run (Knuth's constants for MMIX).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// Writes a history of up to 14 revisions with several bases, branches, merges, labels and dependencies. Returns the
/// ids.
fn history(project: &Project, chance: &mut Chance) -> Vec<String> {
    let ids: Vec<String> =
        (0..4 + chance.below(11)).map(|number| format!("{:04x}rev{number}", number * 7919 % 65_536)).collect();
    let mut above: Vec<BTreeSet<usize>> = Vec::new();
    for (number, id) in ids.iter().enumerate() {
        let mut parents = BTreeSet::new();
        if number > 0 && chance.below(8) > 0 {
            parents.insert(number - 1 - chance.below(number.min(4)));
            let other = chance.below(number);
            let is_apart =
                |one: usize, other: usize| one != other && !above[one].contains(&other) && !above[other].contains(&one);
            if chance.below(4) == 0 && parents.iter().all(|parent| is_apart(*parent, other)) {
                parents.insert(other);
            }
        }
        let mut ancestors: BTreeSet<usize> = parents.iter().flat_map(|parent| above[*parent].iter().copied()).collect();
        ancestors.extend(&parents);
        let needed = (number > 0 && chance.below(6) == 0)
            .then(|| chance.below(number))
            .filter(|other| !ancestors.contains(other));
        if let Some(needed) = needed {
            ancestors.extend(above[needed].clone());
            ancestors.insert(needed);
        }
        above.push(ancestors);
        let quoted: Vec<String> = parents.iter().map(|parent| format!("'{}'", ids[*parent])).collect();
        let down = match quoted.as_slice() {
            [] => "None".to_owned(),
            [one] => one.clone(),
            several => format!("({})", several.join(", ")),
        };
        let label = if chance.below(5) == 0 { format!("'label{number}'") } else { "None".to_owned() };
        let needs = needed.map_or_else(|| "None".to_owned(), |needed| format!("'{}'", ids[needed]));
        let text = format!(
            "revision = '{id}'\ndown_revision = {down}\nbranch_labels = {label}\ndepends_on = {needs}\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
        );
        project.write(&format!("mig/versions/{id}.py"), &text);
    }
    ids
}

/// Returns aludel's plan in the same form as Alembic's answer.
fn ours(project: &Project, question: &Value) -> Value {
    let command = if question["down"] == true { "downgrade" } else { "upgrade" };
    let mut arguments =
        vec![command.to_owned(), question["target"].as_str().unwrap().to_owned(), "--dry-run".to_owned()];
    let rows = question["rows"].as_array().unwrap();
    let from =
        rows.iter().map(|row| row.as_str().unwrap().to_owned()).chain(rows.is_empty().then(|| "base".to_owned()));
    arguments.extend(from.flat_map(|row| ["--from".to_owned(), row]));
    let document = project.json(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    if !document["error"].is_null() {
        return json!({ "refused": true });
    }
    let service = &document["services"][0];
    let steps: Vec<&Value> = service["steps"].as_array().unwrap().iter().map(|step| &step["revision"]).collect();
    let rows: BTreeSet<&str> = service["to"].as_array().unwrap().iter().map(|row| row.as_str().unwrap()).collect();
    json!({ "steps": steps, "rows": rows })
}

fn sorted(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// Returns targets of `upgrade` and `downgrade`, each with version rows that upgrades lead to.
fn questions(project: &Project, ids: &[String], chance: &mut Chance) -> Vec<Value> {
    let mut starts = vec![json!([])];
    for _ in 0..2 {
        let target = &ids[chance.below(ids.len())];
        starts.push(ours(project, &json!({ "rows": [], "down": false, "target": target }))["rows"].clone());
    }
    starts.push(ours(project, &json!({ "rows": [], "down": false, "target": "heads" }))["rows"].clone());
    let mut questions = Vec::new();
    for rows in starts.iter().filter(|rows| rows.is_array()) {
        let one = ids[chance.below(ids.len())].clone();
        let part = ids[chance.below(ids.len())][..6].to_owned();
        let label = format!("label{}@head", chance.below(ids.len()));
        let ups = ["head".to_owned(), "heads".to_owned(), "+1".to_owned(), "+2".to_owned(), one.clone(), part, label];
        questions.extend(ups.map(|target| json!({ "rows": rows, "down": false, "target": target })));
        let downs = ["base".to_owned(), "-1".to_owned(), one];
        questions.extend(downs.map(|target| json!({ "rows": rows, "down": true, "target": target })));
    }
    questions
}

/// Returns `true` if two answers agree: the same revisions (the order of parallel branches is undefined) and, for
/// upgrades, the same rows.
fn agree(question: &Value, theirs: &Value, ours: &Value) -> bool {
    if theirs["crashed"].is_string() {
        return true;
    }
    let is_refused = |answer: &Value| answer["refused"] == true;
    if is_refused(theirs) || is_refused(ours) {
        // With several rows, `-1` is relative to a random one in Alembic, and refused by aludel.
        let is_relative = question["target"].as_str().unwrap().starts_with(['+', '-']);
        return is_refused(theirs) == is_refused(ours) || is_relative;
    }
    let same_steps = sorted(&theirs["steps"]) == sorted(&ours["steps"]);
    let same_rows = sorted(&theirs["rows"]) == sorted(&ours["rows"]);
    same_steps && (same_rows || question["down"] == true)
}

#[test]
fn targets_on_random_histories_mean_what_alembic_says() {
    let rounds: u64 = std::env::var("ALUDEL_SOAK").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    let (mut asked, mut answered, mut wrong) = (0, 0, Vec::new());
    for seed in 0..6 * rounds {
        let mut chance = Chance(seed);
        let (project, _) = alembic::project(Kind::Sqlite);
        // Without `python:` no plan calls Alembic for SQL.
        let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
        project.write("aludel.yaml", config.split("    python:").next().unwrap());
        let ids = history(&project, &mut chance);
        let questions = questions(&project, &ids, &mut chance);
        project.write("questions.json", &serde_json::to_string(&questions).unwrap());
        project.write("mig/env.py", ANSWERS);
        let run = alembic::run(&project, &["current"]);
        let line = run.stdout.lines().find_map(|line| line.strip_prefix("ANSWERS"));
        let theirs: Vec<Value> =
            serde_json::from_str(line.unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr))).unwrap();
        for (question, theirs) in questions.iter().zip(&theirs) {
            let ours = ours(&project, question);
            asked += 1;
            answered += usize::from(theirs["steps"].is_array());
            if !agree(question, theirs, &ours) {
                wrong.push(format!("history {seed}: {question}\n  Alembic {theirs}\n  aludel  {ours}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(answered * 2 > asked, "Alembic answered {answered} of {asked}");
}
