/// Watches a run.
pub trait Observer {
    /// Something happened. Called between steps, so it should be quick.
    fn event(&mut self, event: &Event);
}

impl<F: FnMut(&Event)> Observer for F {
    fn event(&mut self, event: &Event) {
        self(event);
    }
}

/// What an observer is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A phase begins.
    PhaseStarted {
        /// Its name.
        phase: &'static str,
        /// Its steps at most.
        of: usize,
    },
    /// A step of a phase is done.
    Step(Progress),
    /// A phase is over.
    PhaseEnded {
        /// Its name.
        phase: &'static str,
        /// Wall time it took.
        seconds: f64,
    },
    /// A line for people.
    Note(String),
}

/// Where a phase stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// The phase's name.
    pub phase: &'static str,
    /// Steps done.
    pub step: usize,
    /// Steps at most.
    pub of: usize,
    /// Loss for each answer token, in nats.
    pub loss: Option<f64>,
    /// Mean reward of the batch.
    pub reward: Option<f64>,
    /// Share of the batch that passed its tests.
    pub pass_rate: Option<f64>,
    /// Greedy pass rate on validation tasks, where it was just measured.
    pub validation: Option<f64>,
    /// Tokens sampled or trained on, each second.
    pub tokens_per_second: f64,
    /// Sandboxed programs run, each second.
    pub runs_per_second: f64,
    /// Seconds left in this phase, as the past steps suggest.
    pub eta_seconds: Option<f64>,
}
