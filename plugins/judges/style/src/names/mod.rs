//! Names: what is bound and what is used, in the order in which Python would meet it.
//!
//! The bodies of functions are looked into when the module is done, since they run later: a function may use
//! what is defined below it.

mod bind;
mod builtins;
mod convention;
mod report;
mod scope;
mod visit;

use python_source::Source;

use crate::finding::Findings;

/// F401, F811, F821, F841, F402, F403, A001, A002, ARG001, and what names look like: N801 to N806, E741.
///
/// `given` says whether a name is one that the task itself asks for.
pub(crate) fn check(source: &Source<'_>, given: &dyn Fn(&str) -> bool, found: &mut Findings) {
    let mut names = visit::Names::new(source, found);
    names.module(source.body());
    convention::check(source, given, found);
}
