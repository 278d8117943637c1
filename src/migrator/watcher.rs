//! Combines the observer and the stop signal of a program into the observer of a run.

use std::sync::Arc;

use crate::database::StopSignal;
use crate::engine::{Event, Observer};

/// Observer set by the program. Events of several services arrive from several threads at once.
pub(super) type SharedObserver = Arc<dyn Observer + Send + Sync>;

/// Observer of a run. Forwards events to the program's observer; a run is stopped by that observer or by the stop
/// signal.
#[derive(Clone, Default)]
pub(super) struct RunObserver {
    pub(super) observer: Option<SharedObserver>,
    pub(super) stop: Option<StopSignal>,
}

impl Observer for RunObserver {
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

/// Observer made of a closure.
pub(super) struct Seen<F>(pub(super) F);

impl<F: Fn(&str, &Event<'_>) + Sync> Observer for Seen<F> {
    fn event(&self, service: &str, event: &Event<'_>) {
        (self.0)(service, event);
    }
}
