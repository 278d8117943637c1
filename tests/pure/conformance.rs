//! Replay of recorded answers of Alembic 1.20.1: for random graphs (`conformance/alembic_plans.json`) and for the
//! histories of real projects (`conformance/real/*.json`). Where Alembic is wrong, a rule here describes it; no case is
//! skipped by number.
#![allow(clippy::indexing_slicing)]

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use aludel::graph::{Graph, GraphError, GraphNode, Plan, TargetError};
use aludel::id::RevisionId;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn ids(value: &Value) -> Vec<RevisionId> {
    texts(value).iter().map(|text| RevisionId::new(text).unwrap()).collect()
}

fn set(ids: &[RevisionId]) -> BTreeSet<RevisionId> {
    ids.iter().cloned().collect()
}

fn nodes(revisions: &Value) -> Vec<GraphNode> {
    let node = |revision: &Value| GraphNode {
        id: RevisionId::new(revision["revision"].as_str().unwrap()).unwrap(),
        down_revisions: ids(&revision["down_revision"]),
        depends_on: texts(&revision["depends_on"]),
        branch_labels: texts(&revision["branch_labels"]),
    };
    revisions.as_array().unwrap().iter().map(node).collect()
}

fn real_histories() -> Vec<(String, Value)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder().join("real")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert_eq!(paths.len(), 17, "histories in {}", folder().display());
    paths.iter().map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), read(path))).collect()
}

fn plan(graph: &Graph, command: &str, rows: &[RevisionId], target: &str) -> Result<Plan, TargetError> {
    match command {
        "upgrade" => graph.plan_upgrade(rows, target),
        "downgrade" => graph.plan_downgrade(rows, target),
        "stamp" => graph.plan_stamp(rows, &[target], false),
        other => panic!("unknown command {other}"),
    }
}

/// Independent model of the applied revisions, for checks that must not rely on the graph's own answers.
struct Model {
    needs: Vec<Vec<usize>>,
    ids: Vec<RevisionId>,
    places: HashMap<RevisionId, usize>,
    applied: Vec<bool>,
}

impl Model {
    fn new(graph: &Graph, rows: &[RevisionId]) -> Self {
        let ids: Vec<RevisionId> = graph.nodes().iter().map(|node| node.id.clone()).collect();
        let places: HashMap<RevisionId, usize> = ids.iter().cloned().enumerate().map(|(at, id)| (id, at)).collect();
        let needs = |node: &GraphNode| {
            let down = node.down_revisions.iter().map(|id| places[id]);
            down.chain(node.depends_on.iter().map(|id| places[id.as_str()])).collect()
        };
        let needs: Vec<Vec<usize>> = graph.nodes().iter().map(needs).collect();
        let mut applied = vec![false; ids.len()];
        let mut waiting: Vec<usize> = rows.iter().map(|row| places[row]).collect();
        while let Some(at) = waiting.pop() {
            if !std::mem::replace(&mut applied[at], true) {
                waiting.extend(&needs[at]);
            }
        }
        Self { needs, ids, places, applied }
    }

    /// Returns the maximal applied revisions, computed from their definition.
    fn rows(&self) -> BTreeSet<RevisionId> {
        let mut needed = vec![false; self.ids.len()];
        for at in (0..self.ids.len()).filter(|at| self.applied[*at]) {
            self.needs[at].iter().for_each(|need| needed[*need] = true);
        }
        (0..self.ids.len()).filter(|at| self.applied[*at] && !needed[*at]).map(|at| self.ids[at].clone()).collect()
    }

    /// Applies one revision to the model. Returns `false` if it was not its turn.
    fn run(&mut self, command: &str, id: &RevisionId) -> bool {
        let at = self.places[id];
        let upgrade = command == "upgrade";
        let in_turn = if upgrade {
            self.needs[at].iter().all(|need| self.applied[*need])
        } else {
            !(0..self.ids.len()).any(|other| self.applied[other] && self.needs[other].contains(&at))
        };
        in_turn && std::mem::replace(&mut self.applied[at], upgrade) != upgrade
    }
}

/// Checks a plan step by step: dependencies come first (last in a downgrade), and the rows are always the maximal
/// applied revisions.
fn check_steps(graph: &Graph, command: &str, plan: &Plan) -> Result<(), String> {
    if command == "stamp" {
        return Ok(());
    }
    let mut model = Model::new(graph, &plan.from);
    for (step, rows) in plan.steps.iter().zip(plan.rows_after_steps()) {
        if !model.run(command, &step.revision) {
            return Err(format!("{} is run out of turn", step.revision));
        }
        if set(&rows) != model.rows() {
            return Err(format!("rows {rows:?} after {} are not the maximal applied ones", step.revision));
        }
    }
    let last = plan.rows_after_steps().last().unwrap_or_else(|| plan.from.clone());
    if last == plan.to { Ok(()) } else { Err(format!("the steps lead to {last:?}, not to {:?}", plan.to)) }
}

/// Recorded answer: revisions run and rows afterwards, or a refusal.
struct Answer {
    steps: Vec<RevisionId>,
    rows: Vec<RevisionId>,
}

fn compare(
    graph: &Graph,
    command: &str,
    plan: &Result<Plan, TargetError>,
    recorded: &Result<Answer, String>,
) -> Result<(), String> {
    match (plan, recorded) {
        (Err(_), Err(_)) => Ok(()),
        (Err(error), Ok(answer)) => {
            Err(format!("refused ({error}), but recorded {:?} rows {:?}", answer.steps, answer.rows))
        }
        (Ok(plan), Err(message)) => Err(format!(
            "recorded a refusal ({message}), but planned {:?} to {:?}",
            plan.steps.iter().map(|step| &step.revision).collect::<Vec<_>>(),
            plan.to
        )),
        (Ok(plan), Ok(answer)) => {
            check_steps(graph, command, plan)?;
            let steps: Vec<RevisionId> = plan.steps.iter().map(|step| step.revision.clone()).collect();
            if command != "stamp" && (set(&steps) != set(&answer.steps) || steps.len() != answer.steps.len()) {
                return Err(format!("steps {steps:?}, recorded {:?}", answer.steps));
            }
            if set(&plan.to) != set(&answer.rows) {
                return Err(format!("rows {:?}, recorded {:?}", plan.to, answer.rows));
            }
            Ok(())
        }
    }
}

fn report(failures: &[String]) {
    assert!(failures.is_empty(), "{} cases disagree:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn plans_on_random_graphs_agree_with_alembic() {
    let mut failures = Vec::new();
    let groups = read(&folder().join("alembic_plans.json"));
    let mut count = 0;
    for (number, group) in groups.as_array().unwrap().iter().enumerate() {
        let graph = Graph::build(nodes(&group["revisions"])).unwrap();
        for case in group["cases"].as_array().unwrap() {
            count += 1;
            let (command, target) = (case["command"].as_str().unwrap(), case["target"].as_str().unwrap());
            let expect = &case["expect"];
            let recorded = match expect["ok"].as_bool().unwrap() {
                true => Ok(Answer { steps: ids(&expect["steps"]), rows: ids(&expect["rows"]) }),
                false => Err(expect["message"].as_str().unwrap().to_owned()),
            };
            let rows = ids(&case["rows"]);
            if let Err(why) = compare(&graph, command, &plan(&graph, command, &rows, target), &recorded) {
                failures.push(format!("graph {number}: {command} {target} from {rows:?}: {why}"));
            }
        }
    }
    assert_eq!(count, 1597);
    report(&failures);
}

/// Returns Alembic's recorded answer, with its rows corrected where they are not the maximal applied revisions.
fn recorded_answer(graph: &Graph, command: &str, current: &[RevisionId], recorded: &Value) -> Answer {
    let steps = ids(&recorded["plan"]);
    let mut model = Model::new(graph, current);
    for id in &steps {
        model.applied[model.places[id]] = command == "upgrade";
    }
    let rows = if steps.is_empty() { current.to_vec() } else { model.rows().into_iter().collect() };
    Answer { steps, rows }
}

/// Returns the expected answer; `None` if Alembic crashed, so that any answer without a crash is accepted.
fn expected(
    graph: &Graph,
    command: &str,
    current: &[RevisionId],
    target: &str,
    recorded: &Value,
) -> Option<Result<Answer, String>> {
    let error = &recorded["error"];
    if !error.is_null() {
        let crashed = matches!(error["class"].as_str().unwrap(), "AssertionError" | "KeyError");
        return (!crashed).then(|| Err(error["message"].as_str().unwrap().to_owned()));
    }
    // For a bare -N, Alembic picks one of several rows at random; aludel refuses.
    let bare = command == "downgrade" && target.starts_with('-');
    if bare && set(current).len() > 1 {
        return Some(Err("-N from several rows is ambiguous".to_owned()));
    }
    Some(Ok(recorded_answer(graph, command, current, recorded)))
}

fn replay(
    failures: &mut Vec<String>,
    name: &str,
    graph: &Graph,
    command: &str,
    current: &Value,
    target: &str,
    recorded: &Value,
) {
    let rows = ids(current);
    let plan = plan(graph, command, &rows, target);
    let Some(expected) = expected(graph, command, &rows, target, recorded) else { return };
    if let Err(why) = compare(graph, command, &plan, &expected) {
        failures.push(format!("{name}: {command} {target} from {rows:?}: {why}"));
    }
}

#[test]
fn plans_on_real_histories_agree_with_alembic() {
    let mut failures = Vec::new();
    let mut count = 0;
    for (name, history) in real_histories() {
        let Ok(graph) = Graph::build(nodes(&history["revisions"])) else {
            assert!(name.starts_with("broken-"), "{name} is refused");
            continue;
        };
        let empty = Value::Array(Vec::new());
        let everything = Value::from(graph.effective_heads().iter().map(ToString::to_string).collect::<Vec<_>>());
        replay(&mut failures, &name, &graph, "upgrade", &empty, "heads", &history["upgrade_all"]);
        replay(&mut failures, &name, &graph, "downgrade", &everything, "base", &history["downgrade_all"]);
        for pair in history["pairs"].as_array().unwrap() {
            for command in ["upgrade", "downgrade"] {
                let target = pair["target"].as_str().unwrap();
                replay(&mut failures, &name, &graph, command, &pair["current"], target, &pair[command]);
                count += 1;
            }
        }
        for case in history["symbolic"].as_array().unwrap() {
            let (command, target) = (case["op"].as_str().unwrap(), case["target"].as_str().unwrap());
            replay(&mut failures, &name, &graph, command, &case["current"], target, case);
            count += 1;
        }
    }
    assert!(count > 1600, "only {count} cases");
    report(&failures);
}

#[test]
fn real_histories_have_the_heads_and_points_that_alembic_sees() {
    for (name, history) in real_histories() {
        let Ok(graph) = Graph::build(nodes(&history["revisions"])) else { continue };
        assert_eq!(set(&graph.heads()), set(&ids(&history["heads"])), "heads of {name}");
        assert_eq!(set(&graph.effective_heads()), set(&ids(&history["real_heads"])), "effective heads of {name}");
        assert_eq!(set(&graph.bases()), set(&ids(&history["bases"])), "bases of {name}");
        let points = |value: &Value| value.as_u64().map_or_else(|| texts(value).len(), |count| count as usize);
        assert_eq!(graph.branch_points().len(), points(&history["branch_points"]), "branch points of {name}");
        assert_eq!(graph.merge_points().len(), points(&history["merge_points"]), "merge points of {name}");
        assert_eq!(graph.ordered().len(), graph.len(), "{name}");
    }
}

#[test]
fn sides_of_the_merges_of_real_histories_hold_what_only_one_parent_needs_and_run_in_any_order() {
    let mut merges = 0;
    for (name, history) in real_histories() {
        let Ok(graph) = Graph::build(nodes(&history["revisions"])) else { continue };
        for node in graph.nodes().iter().filter(|node| node.down_revisions.len() > 1) {
            let [one, other] = [&node.down_revisions[0], &node.down_revisions[1]];
            let needed = |id: &RevisionId| Model::new(&graph, std::slice::from_ref(id)).applied;
            let (for_one, for_other) = (needed(one), needed(other));
            let sides = graph.sides(one, other);
            let ids = |matching: &dyn Fn(usize) -> bool| -> BTreeSet<RevisionId> {
                (0..graph.len()).filter(|at| matching(*at)).map(|at| graph.nodes()[at].id.clone()).collect()
            };
            assert_eq!(set(&sides.common), ids(&|at| for_one[at] && for_other[at]), "{name}: {}", node.id);
            assert_eq!(set(&sides.one), ids(&|at| for_one[at] && !for_other[at]), "{name}: {}", node.id);
            assert_eq!(set(&sides.other), ids(&|at| for_other[at] && !for_one[at]), "{name}: {}", node.id);
            // One side after the other, in both orders, and step by step in turn.
            let in_turn = (0..sides.one.len().max(sides.other.len()))
                .flat_map(|step| sides.one.get(step).into_iter().chain(sides.other.get(step)).cloned());
            let orders = [
                [sides.one.clone(), sides.other.clone()].concat(),
                [sides.other.clone(), sides.one.clone()].concat(),
                in_turn.collect(),
            ];
            for order in orders {
                let mut model = Model::new(&graph, &[]);
                let mut steps = sides.common.iter().chain(&order);
                assert!(steps.all(|id| model.run("upgrade", id)), "{name}: {} runs out of turn", node.id);
            }
            merges += 1;
        }
    }
    assert!(merges > 100, "only {merges} merges");
}

#[test]
fn broken_histories_are_refused_by_an_error_that_names_the_revisions() {
    let error = |wanted: &str| {
        let (_, history) = real_histories().into_iter().find(|(name, _)| name == wanted).unwrap();
        let nodes = nodes(&history["revisions"]);
        (nodes.clone(), Graph::build(nodes).unwrap_err())
    };
    let (nodes, augur) = error("broken-augur-duplicate");
    let GraphError::DuplicateRevision { id, nodes: places } = augur else { panic!("{augur:?}") };
    assert_eq!(places.len(), 2);
    assert!(places.iter().all(|place| nodes[*place].id == id));

    let (nodes, lemur) = error("broken-lemur-missing");
    let GraphError::MissingDownRevision { revision, node, missing, .. } = lemur else { panic!("{lemur:?}") };
    assert_eq!(missing.as_str(), "29d8c8455c86");
    assert_eq!(nodes[node].id, revision);

    let (nodes, polar) = error("broken-polar-cycle");
    let GraphError::Cycle { revisions, nodes: places, by_dependency } = polar else { panic!("{polar:?}") };
    assert!(!by_dependency);
    assert_eq!(places.len(), revisions.len() + 2, "two of the ids are used twice");
    for (at, revision) in revisions.iter().enumerate() {
        let next = &revisions[(at + 1) % revisions.len()];
        let names_next = |place: &usize| nodes[*place].id == *revision && nodes[*place].down_revisions.contains(next);
        assert!(places.iter().any(names_next), "no file of {revision} names {next}");
    }
    let recorded = ["24bb42b493d7", "3d212567b9a6", "5ec10e43a3b3", "8c4a2b3d5e6f", "bd5ff6c308cc"];
    assert_eq!(set(&revisions).iter().map(RevisionId::as_str).collect::<Vec<_>>(), recorded);
}

#[test]
fn every_history_that_alembic_cannot_load_is_refused() {
    for (name, history) in real_histories() {
        let refused = Graph::build(nodes(&history["revisions"])).is_err();
        assert_eq!(refused, name.starts_with("broken-"), "{name}");
        assert!(refused || history["load_error"].is_null(), "{name}");
    }
}
