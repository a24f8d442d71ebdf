//! From findings to a score.

use falcon_sdk::{
    judge::{self, Judgement},
    serde::Deserialize,
};
use python_source::Source;

use crate::{finding::Finding, rules::Group};

/// What a finding costs, and what is looked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(crate = "falcon_sdk::serde", rename_all = "kebab-case")]
pub struct Config {
    pub(crate) correctness: f64,
    pub(crate) simplicity: f64,
    pub(crate) naming: f64,
    pub(crate) layout: f64,
    pub(crate) ignore: String,
    pub(crate) line_length: u32,
}

/// Most findings that are told and credited; all of them count.
const MAX_TOLD: usize = 100;

impl Config {
    fn cost(&self, group: Group) -> f64 {
        match group {
            Group::Correctness => self.correctness,
            Group::Simplicity => self.simplicity,
            Group::Naming => self.naming,
            Group::Layout => self.layout,
        }
    }

    /// Whether a rule is left out.
    pub(crate) fn ignores(&self, rule: &str) -> bool {
        self.ignore
            .split_whitespace()
            .any(|prefix| rule.starts_with(prefix))
    }
}

/// score = max(0, 1 − Σ cost / statements), and the same for each group alone as its part.
pub(crate) fn judgement(
    source: &Source<'_>,
    findings: &[Finding],
    statements: u32,
    config: &Config,
) -> Judgement {
    let statements = f64::from(statements.max(1));
    let share = |cost: f64| (1.0 - cost / statements).max(0.0);
    let mut counts = [0_u32; Group::ALL.len()];
    for finding in findings {
        counts[Group::of(finding.rule) as usize] += 1;
    }
    let (mut total, mut parts) = (0.0, Vec::new());
    for (group, count) in Group::ALL.into_iter().zip(counts) {
        let cost = config.cost(group) * f64::from(count);
        total += cost;
        parts.push((group, share(cost), count));
    }
    let mut judgement = Judgement::of(share(total));
    for (group, score, count) in parts {
        let note = match count {
            0 => String::new(),
            count => format!("{count} in {statements} statements"),
        };
        judgement = judgement.part(group.name(), score, note);
    }
    for finding in findings.iter().take(MAX_TOLD) {
        let place = source
            .lines()
            .place(source.text(), finding.range.start().to_u32());
        let (start, end) = (finding.range.start().to_u32(), finding.range.end().to_u32());
        let group = Group::of(finding.rule);
        judgement = judgement
            .finding(judge::Finding {
                rule: finding.rule.to_owned(),
                severity: match group {
                    Group::Correctness => judge::Severity::Warning,
                    _ => judge::Severity::Note,
                },
                message: finding.message.clone(),
                span: judge::Span { start, end },
                line: place.line,
                column: place.column,
            })
            .credit(start, end, -config.cost(group), finding.rule);
    }
    judgement
}
