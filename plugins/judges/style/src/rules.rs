//! The rules, under the codes that the common checkers know them by: E and W are pycodestyle's, F is
//! pyflakes', B is bugbear's, SIM, C4, RET, N, A and ARG are of the flake8 plugins so named, PL is pylint's
//! as ruff numbers them.

/// What a finding costs, by the kind of its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// Likely a mistake.
    Correctness,
    /// There is a simpler form.
    Simplicity,
    /// A name against convention, or one that hides another.
    Naming,
    /// Blank space, line length, order.
    Layout,
}

impl Group {
    /// All of them, as they are declared and in the order of the breakdown.
    pub(crate) const ALL: [Self; 4] = [
        Self::Correctness,
        Self::Simplicity,
        Self::Naming,
        Self::Layout,
    ];

    /// Its name in settings and in the breakdown.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Correctness => "correctness",
            Self::Simplicity => "simplicity",
            Self::Naming => "naming",
            Self::Layout => "layout",
        }
    }

    /// The group of a rule.
    pub(crate) fn of(code: &str) -> Self {
        let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| code.starts_with(prefix));
        if code == "E741" || starts(&["N", "A0"]) {
            Self::Naming
        } else if starts(&[
            "SIM", "C4", "RET", "PLR5501", "PLC", "E712", "E713", "E714", "E731", "F541",
        ]) {
            Self::Simplicity
        } else if starts(&["E711", "E721", "E722", "F", "B", "ARG", "PL"]) {
            Self::Correctness
        } else {
            Self::Layout
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Group;

    #[test]
    fn groups() {
        for (code, group) in [
            ("F401", Group::Correctness),
            ("F541", Group::Simplicity),
            ("E722", Group::Correctness),
            ("E731", Group::Simplicity),
            ("E741", Group::Naming),
            ("A002", Group::Naming),
            ("N806", Group::Naming),
            ("PLR0124", Group::Correctness),
            ("PLR5501", Group::Simplicity),
            ("E302", Group::Layout),
            ("W291", Group::Layout),
        ] {
            assert_eq!(Group::of(code), group, "{code}");
        }
    }
}
