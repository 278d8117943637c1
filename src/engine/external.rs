//! Dependencies between services: revisions of another service that must be applied before a revision runs (or reverted
//! before it is downgraded).

use std::collections::{BTreeMap, BTreeSet};

use super::error::EngineError;
use crate::graph::{Operation, Plan};
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::DependencyReference;

/// Prerequisite of a step: a revision of another service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prerequisite {
    /// Name of the other service.
    pub service: String,
    /// Its revision, which must have been run before the step.
    pub revision: RevisionId,
}

/// Prerequisites of each step, by service and revision.
pub type Waits = BTreeMap<(String, RevisionId), Vec<Prerequisite>>;

/// State of a service for this module: its graph, what is applied, what is planned.
#[derive(Debug)]
pub struct ServiceProgress<'a> {
    history: &'a History,
    applied: BTreeSet<RevisionId>,
    steps: Vec<RevisionId>,
    planned: BTreeMap<RevisionId, Operation>,
}

impl<'a> ServiceProgress<'a> {
    /// Creates the state of a service at the version rows `rows`. `plan` is `None` for a service that runs nothing.
    #[must_use]
    pub fn new(history: &'a History, rows: &[RevisionId], plan: Option<&Plan>) -> Self {
        let steps: Vec<_> = plan.into_iter().flat_map(|plan| &plan.steps).collect();
        Self {
            history,
            applied: history.graph.applied(rows).into_iter().collect(),
            planned: steps.iter().map(|step| (step.revision.clone(), step.operation)).collect(),
            steps: steps.iter().map(|step| step.revision.clone()).collect(),
        }
    }

    fn will(&self, operation: Operation, revision: &RevisionId) -> bool {
        self.planned.get(revision) == Some(&operation)
    }
}

/// Returns the prerequisites that the steps of all services have in other services.
///
/// # Errors
/// [`EngineError::Needs`] or [`EngineError::NeededBy`] if a prerequisite is neither met nor planned;
/// [`EngineError::Circle`] if the services wait for one another; with the service whose run is impossible.
pub fn waits(services: &BTreeMap<String, ServiceProgress<'_>>) -> Result<Waits, (String, EngineError)> {
    let mut waits = Waits::new();
    for (name, standing) in services {
        for (dependent, reference) in standing.history.external() {
            let wait = wait(services, name, dependent, reference);
            let wait = wait.map_err(|error| (concerned(&error, name, reference), error))?;
            if let Some((step, prerequisite)) = wait {
                waits.entry(step).or_default().push(prerequisite);
            }
        }
    }
    refuse_circles(services, &waits).map_err(|error| (services.keys().next().cloned().unwrap_or_default(), error))?;
    Ok(waits)
}

/// Returns the service that an error belongs to: the other one if its downgrade is refused, else the dependent one.
fn concerned(error: &EngineError, name: &str, reference: &DependencyReference) -> String {
    match error {
        EngineError::NeededBy { .. } => reference.service.clone().unwrap_or_default(),
        _ => name.to_owned(),
    }
}

type Wait = ((String, RevisionId), Prerequisite);

/// Returns the step that has to wait because of one cross-service dependency, if there is one in this run.
fn wait(
    services: &BTreeMap<String, ServiceProgress<'_>>,
    name: &str,
    dependent: &RevisionId,
    reference: &DependencyReference,
) -> Result<Option<Wait>, EngineError> {
    let Some(standing) = services.get(name) else { return Ok(None) };
    let service = reference.service.clone().unwrap_or_default();
    let upgraded = standing.will(Operation::Upgrade, dependent);
    let missing = |unknown| EngineError::Needs {
        revision: dependent.clone(),
        service: service.clone(),
        symbol: reference.symbol.clone(),
        unknown,
    };
    let other = services.get(&service);
    let needed = other.and_then(|other| other.history.graph.resolve(other.history.meant(&reference.symbol), None).ok());
    let (Some(other), Some(needed)) = (other, needed) else {
        return if upgraded { Err(missing(true)) } else { Ok(None) };
    };
    // The dependent revision is to be upgraded: it waits for the one that it needs.
    if upgraded && !other.applied.contains(&needed) {
        if !other.will(Operation::Upgrade, &needed) {
            return Err(missing(false));
        }
        let step = (name.to_owned(), dependent.clone());
        return Ok(Some((step, Prerequisite { service, revision: needed })));
    }
    // The needed revision is to be downgraded: it waits until the dependent one is downgraded.
    if other.will(Operation::Downgrade, &needed) && standing.applied.contains(dependent) {
        let dependent = dependent.clone();
        if !standing.will(Operation::Downgrade, &dependent) {
            return Err(EngineError::NeededBy { revision: needed, service: name.to_owned(), dependent });
        }
        let prerequisite = Prerequisite { service: name.to_owned(), revision: dependent };
        return Ok(Some(((service, needed), prerequisite)));
    }
    Ok(None)
}

/// Simulates the plans: each service advances while the prerequisites of its next step are done. Services that cannot
/// finish this way wait for one another.
fn refuse_circles(services: &BTreeMap<String, ServiceProgress<'_>>, waits: &Waits) -> Result<(), EngineError> {
    let mut done: BTreeSet<Prerequisite> = BTreeSet::new();
    let mut next: BTreeMap<&str, usize> = BTreeMap::new();
    let mut moved = !waits.is_empty();
    while moved {
        moved = false;
        for (name, standing) in services {
            let at = next.entry(name).or_default();
            while let Some(step) = standing.steps.get(*at) {
                let key = (name.clone(), step.clone());
                if waits.get(&key).into_iter().flatten().any(|wait| !done.contains(wait)) {
                    break;
                }
                done.insert(Prerequisite { service: key.0, revision: key.1 });
                *at += 1;
                moved = true;
            }
        }
    }
    let stuck = |(name, standing): (&String, &ServiceProgress<'_>)| {
        let step = standing.steps.get(*next.get(name.as_str())?)?;
        Some((name.clone(), step.clone()))
    };
    let circle: Vec<_> = services.iter().filter_map(stuck).collect();
    if circle.is_empty() { Ok(()) } else { Err(EngineError::Circle(circle)) }
}
