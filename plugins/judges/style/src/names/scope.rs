//! Scopes and what is bound in them.

use std::collections::{BTreeMap, BTreeSet};

use python_source::TextRange;

/// What bound a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `import a`, `from a import b`.
    Import,
    /// `def`, `class`.
    Definition,
    /// `x = …`, `with … as x`: unused, it could be left out.
    Assignment,
    /// `for x`, `a, b = …`, `x += …`, `:=`, patterns: unused, it has to be there all the same.
    Other,
    /// A parameter.
    Parameter,
    /// `x: int`: names no value.
    Annotation,
}

/// A name's latest binding in a scope.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) kind: Kind,
    pub(super) range: TextRange,
    pub(super) used: bool,
    /// The alternatives it is in: branch of which statement, outermost first.
    pub(super) forks: Vec<(u32, u32)>,
    /// What an import's finding calls it: `a.b as c`.
    pub(super) shown: Option<String>,
}

/// What a scope is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Module,
    Class,
    Function,
    Comprehension,
}

/// One scope.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) of: Of,
    pub(super) parent: Option<usize>,
    pub(super) bindings: BTreeMap<&'a str, Binding>,
    /// Names that `global` or `nonlocal` takes from elsewhere.
    pub(super) elsewhere: BTreeSet<&'a str>,
    /// Names that hide a builtin and were reported, once a scope.
    pub(super) hidden: BTreeSet<&'a str>,
    /// Parameters whose use is asked for.
    pub(super) parameters: Vec<(&'a str, TextRange)>,
    /// Whether it calls `locals()`, which uses all of them.
    pub(super) uses_locals: bool,
}

impl Scope<'_> {
    pub(super) fn new(of: Of, parent: Option<usize>) -> Self {
        Self {
            of,
            parent,
            bindings: BTreeMap::new(),
            elsewhere: BTreeSet::new(),
            hidden: BTreeSet::new(),
            parameters: Vec::new(),
            uses_locals: false,
        }
    }
}

/// Whether two places can never both be run in one go: they are in different branches of one statement.
pub(super) fn exclude(one: &[(u32, u32)], other: &[(u32, u32)]) -> bool {
    one.iter()
        .zip(other)
        .take_while(|(left, right)| left.0 == right.0)
        .any(|(left, right)| left.1 != right.1)
}
