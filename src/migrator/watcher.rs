//! Who sees what goes on, and who says stop: a program's own observer, or nobody.

use std::sync::Arc;

use crate::database::StopSignal;
use crate::engine::{Event, Observer};

/// A program's observer of runs, which several threads may tell at once.
pub(super) type Shared = Arc<dyn Observer + Send + Sync>;

/// The observer that a run has: what is seen goes to the program's, and either may say stop.
#[derive(Clone, Default)]
pub(super) struct Watcher {
    pub(super) observer: Option<Shared>,
    pub(super) stop: Option<StopSignal>,
}

impl Observer for Watcher {
    fn event(&self, service: &str, event: &Event<'_>) {
        if let Some(observer) = &self.observer {
            observer.event(service, event);
        }
    }

    fn interrupted(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop()) || self.observer.as_ref().is_some_and(|one| one.interrupted())
    }

    fn stop_signal(&self) -> Option<StopSignal> {
        let observed = self.observer.as_ref().and_then(|observer| observer.stop_signal());
        match (self.stop.clone(), observed) {
            (Some(stop), Some(observed)) => Some(Arc::new(move || stop() || observed())),
            (stop, observed) => stop.or(observed),
        }
    }
}

/// A closure that sees events.
pub(super) struct Seen<F>(pub(super) F);

impl<F: Fn(&str, &Event<'_>) + Sync> Observer for Seen<F> {
    fn event(&self, service: &str, event: &Event<'_>) {
        (self.0)(service, event);
    }
}
