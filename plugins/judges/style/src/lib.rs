//! How clean a Python program is, as a number in 0..=1: one less what its findings cost, a statement.
//!
//! The rules are those of the common checkers, under their codes, as far as they say something of a program
//! that a model wrote. What stands in the task's own prompt is nobody's finding, and a name that the prompt
//! mentions may look as it does there.

mod checks;
mod finding;
mod layout;
mod names;
mod rules;
mod score;
#[cfg(test)]
mod tests;

use falcon_sdk::judge::{Episode, Error, Judge, Judgement};
use python_source::{
    Source,
    ast::{Stmt, visitor::Visitor},
    own_text, walk_stmt,
};

pub use score::Config;

use crate::finding::{Finding, Findings};

/// The judge.
pub struct Style;

impl Judge for Style {
    type Config = Config;

    fn judge(episode: &Episode, config: &Config) -> Result<Judgement, Error> {
        let source = match python_source::read(episode) {
            Ok(source) => source,
            Err(abstained) => return Ok(abstained),
        };
        let own = own_text(&episode.prompt, &episode.program);
        let findings: Vec<Finding> = findings(&source, &episode.prompt, config)
            .into_iter()
            .filter(|one| one.range.start().to_u32() >= own && !config.ignores(one.rule))
            .collect();
        let statements = statements(&source, own);
        Ok(score::judgement(&source, &findings, statements, config))
    }
}

falcon_sdk::export_judge!(Style);

#[global_allocator]
static ALLOCATOR: falcon_sdk::Allocator = falcon_sdk::Allocator::new();

/// All findings of a program, in the order of the text.
fn findings(source: &Source<'_>, prompt: &str, config: &Config) -> Vec<Finding> {
    let mut found = Findings::default();
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    let given = |name: &str| prompt.split(|c| !letter(c)).any(|word| word == name);
    layout::check(source, config.line_length, &mut found);
    names::check(source, &given, &mut found);
    checks::check(source, &mut found);
    found.sorted()
}

/// The statements that the policy wrote.
fn statements(source: &Source<'_>, own: u32) -> u32 {
    let mut count = Count { own, statements: 0 };
    count.visit_body(source.body());
    count.statements
}

struct Count {
    own: u32,
    statements: u32,
}

impl<'a> Visitor<'a> for Count {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let start = python_source::Ranged::range(stmt).start().to_u32();
        self.statements += u32::from(start >= self.own);
        walk_stmt(self, stmt);
    }
}
