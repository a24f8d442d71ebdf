use std::{
    io::{self, IsTerminal as _},
    time::{Duration, Instant},
};

use falcon_train::{Event, Observer};
use indicatif::ProgressBar;

use super::{figures, line, title};
use crate::quantity::seconds;

/// A run's place in an experiment.
pub(crate) struct Place {
    /// Arm and seed.
    pub(crate) title: String,
    /// Its number, from 1.
    pub(crate) run: usize,
    /// Runs of the whole plan.
    pub(crate) of: usize,
    /// What it will take, where a run like it is done.
    pub(crate) this_seconds: Option<f64>,
    /// What the runs after it will take.
    pub(crate) later_seconds: Option<f64>,
}

/// One run of many: a line in place on a terminal, a line every few seconds anywhere else.
struct View {
    place: Place,
    began: Instant,
    said: Option<Instant>,
    bar: Option<ProgressBar>,
}

/// Between two step lines.
const PAUSE: Duration = Duration::from_secs(10);

/// The view of a run that is one of an experiment's.
pub(crate) fn view_of(place: Place, plain: bool) -> Box<dyn Observer> {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    let in_place = io::stderr().is_terminal() && !plain && !dumb;
    let bar = in_place.then(ProgressBar::new_spinner);
    let begun = format!("run {} of {}: {}", place.run, place.of, place.title);
    match &bar {
        Some(bar) => {
            bar.enable_steady_tick(Duration::from_millis(120));
            bar.println(begun);
        }
        None => line(&begun),
    }
    Box::new(View {
        place,
        began: Instant::now(),
        said: None,
        bar,
    })
}

impl View {
    /// Seconds left of the whole plan, where runs like those to come are done.
    fn left(&self, of_phase: Option<f64>) -> Option<f64> {
        let this = self
            .place
            .this_seconds
            .map(|all| (all - self.began.elapsed().as_secs_f64()).max(of_phase.unwrap_or(0.0)));
        Some(this? + self.place.later_seconds?)
    }

    fn say(&mut self, text: &str, now: bool) {
        match &self.bar {
            Some(bar) => bar.set_message(text.to_owned()),
            None if now || self.said.is_none_or(|said| said.elapsed() >= PAUSE) => {
                self.said = Some(Instant::now());
                line(text);
            }
            None => {}
        }
    }
}

impl Observer for View {
    fn event(&mut self, event: &Event) {
        match event {
            Event::PhaseStarted { phase, of } => {
                self.said = Some(Instant::now());
                let text = format!("{}  {}: {of} steps", self.place.title, title(phase));
                if let Some(bar) = &self.bar {
                    bar.set_message(text);
                }
            }
            Event::Step(progress) => {
                let left = self
                    .left(progress.eta_seconds)
                    .map_or_else(String::new, |left| {
                        format!("  {} left of the plan", seconds(left))
                    });
                let text = format!(
                    "{}  {} {}/{}  {}{left}",
                    self.place.title,
                    title(progress.phase),
                    progress.step,
                    progress.of,
                    figures(progress).join("  ")
                );
                self.say(&text, false);
            }
            Event::PhaseEnded { .. } => {}
            Event::Note(text) => {
                let text = format!("{}  {text}", self.place.title);
                match &self.bar {
                    Some(bar) => bar.println(text),
                    None => line(&text),
                }
            }
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        let took = format!(
            "run {} of {}: {} took {}",
            self.place.run,
            self.place.of,
            self.place.title,
            seconds(self.began.elapsed().as_secs_f64())
        );
        match &self.bar {
            Some(bar) => {
                bar.println(took);
                bar.finish_and_clear();
            }
            None => line(&took),
        }
    }
}
