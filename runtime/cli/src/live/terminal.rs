use std::time::Duration;

use falcon_train::{Event, Observer, Progress};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{ended, figures, spark::spark, title};
use crate::quantity::seconds;

/// A view in place: the phase with its bar, its figures, and the curve so far.
pub(super) struct Terminal {
    all: MultiProgress,
    bar: ProgressBar,
    text: ProgressBar,
    curve: ProgressBar,
    values: Vec<f64>,
    name: &'static str,
}

/// Values of the sparkline at most.
const CURVE: usize = 48;

impl Terminal {
    pub(super) fn new() -> Self {
        let all = MultiProgress::new();
        let bar = all.add(ProgressBar::new(0));
        bar.set_style(style(
            "{spinner:.cyan} {prefix:.bold} {bar:32.cyan/dim} {pos}/{len}  {msg}",
        ));
        let text = all.add(ProgressBar::new_spinner());
        text.set_style(style("  {msg}"));
        let curve = all.add(ProgressBar::new_spinner());
        curve.set_style(style("  {prefix:.dim} {msg:.green}"));
        bar.enable_steady_tick(Duration::from_millis(120));
        Self {
            all,
            bar,
            text,
            curve,
            values: Vec::new(),
            name: "",
        }
    }

    fn step(&mut self, progress: &Progress) {
        self.bar.set_length(progress.of as u64);
        self.bar.set_position(progress.step as u64);
        let left = progress.eta_seconds.filter(|_| progress.step < progress.of);
        self.bar
            .set_message(left.map_or_else(String::new, |left| format!("{} left", seconds(left))));
        let shown = Progress {
            eta_seconds: None,
            ..progress.clone()
        };
        self.text.set_message(figures(&shown).join("   "));
        let (name, value) = match (progress.reward, progress.loss) {
            (Some(reward), _) => ("reward", reward),
            (None, Some(loss)) => ("loss  ", loss),
            (None, None) => return,
        };
        self.name = name;
        self.values.push(value);
        self.curve.set_prefix(self.name);
        self.curve.set_message(spark(&self.values, CURVE));
    }
}

impl Observer for Terminal {
    fn event(&mut self, event: &Event) {
        match event {
            Event::PhaseStarted { phase, of } => {
                self.values.clear();
                self.bar.reset();
                self.bar.set_length(*of as u64);
                self.bar.set_prefix(title(phase).to_owned());
                self.bar.set_message("");
                self.text.set_message("");
                self.curve.set_prefix("");
                self.curve.set_message("");
            }
            Event::Step(progress) => self.step(progress),
            Event::PhaseEnded { .. } => {
                if let Some(text) = ended(event) {
                    let _ = self.all.println(format!("✓ {text}"));
                }
                // On a line of its own: beside the text it would be cut in two by 80 columns.
                if !self.values.is_empty() {
                    let (name, last) = (self.name.trim(), spark(&self.values, CURVE));
                    let _ = self.all.println(format!("  {name} {last}"));
                }
                self.name = "";
            }
            Event::Note(text) => {
                let _ = self.all.println(format!("  {text}"));
            }
        }
    }
}

impl Drop for Terminal {
    /// The view leaves the screen; what was printed above it stays.
    fn drop(&mut self) {
        for bar in [&self.bar, &self.text, &self.curve] {
            bar.finish_and_clear();
        }
        let _ = self.all.clear();
    }
}

/// A template of ours; were one wrong, indicatif's own bar serves.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).map_or_else(
        |_| ProgressStyle::default_bar(),
        |style| style.progress_chars("━━─"),
    )
}
