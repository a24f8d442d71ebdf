use std::time::{Duration, Instant};

use falcon_train::{Event, Observer};

use super::{ended, figures, line, title};

/// Lines for logs: phases, and a step every few seconds.
pub(super) struct Plain {
    said: Option<Instant>,
}

/// Between two step lines.
const PAUSE: Duration = Duration::from_secs(5);

impl Plain {
    pub(super) fn new() -> Self {
        Self { said: None }
    }
}

impl Observer for Plain {
    fn event(&mut self, event: &Event) {
        match event {
            Event::PhaseStarted { phase, of } => {
                self.said = Some(Instant::now());
                line(&format!("{}: {of} steps", title(phase)));
            }
            Event::Step(progress) => {
                let due = self.said.is_none_or(|said| said.elapsed() >= PAUSE);
                if due || progress.validation.is_some() {
                    self.said = Some(Instant::now());
                    line(&format!(
                        "{} {}/{}  {}",
                        title(progress.phase),
                        progress.step,
                        progress.of,
                        figures(progress).join("  ")
                    ));
                }
            }
            Event::PhaseEnded { .. } => ended(event).iter().for_each(|text| line(text)),
            Event::Note(text) => line(text),
        }
    }
}
