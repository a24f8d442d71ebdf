//! What is being done, said as it happens: one line a step on standard error, and with `--json`
//! one object on standard output at the end.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

/// Says what the steps do and remembers it for `--json`.
pub(crate) struct Progress {
    json: bool,
    colour: bool,
    started: Instant,
    steps: Vec<Value>,
    answers: Map<String, Value>,
}

/// What became of a step; also the verb at the head of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It was there already.
    Found,
    /// It was not there and now is.
    Installed,
    /// It is not there.
    Missing,
    /// Work that was done.
    Done,
    /// Left out, for the reason given.
    Skipped,
    /// Work that went wrong.
    Failed,
}

impl State {
    /// The word shown and written to JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            State::Found => "found",
            State::Installed => "installed",
            State::Missing => "missing",
            State::Done => "done",
            State::Skipped => "skipped",
            State::Failed => "failed",
        }
    }

    fn colour(self) -> &'static str {
        match self {
            State::Found | State::Done => "32",
            State::Installed => "36",
            State::Skipped => "33",
            State::Missing | State::Failed => "31",
        }
    }
}

impl Progress {
    /// Starts the clock. With `json`, [`finish`](Self::finish) prints the steps on standard output.
    pub(crate) fn new(json: bool) -> Self {
        let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self {
            json,
            colour,
            started: Instant::now(),
            steps: Vec::new(),
            answers: Map::new(),
        }
    }

    /// Whether results go to standard output as JSON.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// Announces work that takes a while.
    pub(crate) fn begin(&self, name: &str, detail: &str) -> Instant {
        self.line("...", "2", name, detail);
        Instant::now()
    }

    /// A step that took no time worth telling.
    pub(crate) fn note(&mut self, state: State, name: &str, detail: &str) {
        self.line(state.word(), state.colour(), name, detail);
        self.steps
            .push(json!({ "step": name, "state": state.word(), "detail": detail }));
    }

    /// The end of work that [`begin`](Self::begin) announced.
    pub(crate) fn end(&mut self, state: State, name: &str, detail: &str, since: Instant) {
        let seconds = since.elapsed();
        self.line(
            state.word(),
            state.colour(),
            name,
            &format!("{detail} ({})", human(seconds)),
        );
        self.steps.push(json!({
            "step": name, "state": state.word(), "detail": detail, "seconds": round(seconds)
        }));
    }

    /// A field of the object that `--json` prints at the end.
    pub(crate) fn answer(&mut self, name: &str, value: Value) {
        self.answers.insert(name.to_owned(), value);
    }

    /// The last line before another program takes this one's place and has the word.
    pub(crate) fn hand_over(&self, name: &str, detail: &str) {
        self.line(
            "ready",
            "32",
            "",
            &format!("in {}", human(self.started.elapsed())),
        );
        self.line("...", "2", name, detail);
    }

    /// Prints the total, and with `--json` everything again as one object.
    pub(crate) fn finish(&mut self, ok: bool) {
        let total = self.started.elapsed();
        if self.json {
            let mut all = json!({ "ok": ok, "seconds": round(total), "steps": self.steps });
            if let Value::Object(fields) = &mut all {
                fields.append(&mut self.answers);
            }
            println!("{all}");
        } else if total > Duration::from_secs(1) {
            self.line("total", "1", "", &human(total));
        }
    }

    fn line(&self, verb: &str, colour: &str, name: &str, detail: &str) {
        if self.colour {
            eprintln!("\x1b[1;{colour}m{verb:>10}\x1b[0m  {name:<18} {detail}");
        } else {
            eprintln!("{verb:>10}  {name:<18} {detail}");
        }
    }
}

/// A duration as a person says it: `0.4 s`, `12 s`, `8 min 20 s`.
pub(crate) fn human(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else if seconds < 60.0 {
        format!("{seconds:.0} s")
    } else {
        format!(
            "{} min {} s",
            duration.as_secs() / 60,
            duration.as_secs() % 60
        )
    }
}

fn round(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_a_person_says_them() {
        for (millis, text) in [
            (0, "0.0 s"),
            (420, "0.4 s"),
            (12_300, "12 s"),
            (500_999, "8 min 20 s"),
        ] {
            assert_eq!(human(Duration::from_millis(millis)), text);
        }
    }
}
