use serde::{Deserialize, Serialize};

/// How an execution ended. Decided on the host from typed results, never from text or exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every test held.
    Passed,
    /// A test did not hold.
    Failed,
    /// The program does not compile.
    CompileError,
    /// The program raised an error.
    RuntimeError,
    /// The program used up its fuel.
    OutOfFuel,
    /// The program asked for more memory than its limit.
    OutOfMemory,
    /// The program wrote more than its limit.
    OutputLimit,
    /// The program tried what no program may do.
    Forbidden,
    /// A fault of ours; it never becomes a reward.
    Infrastructure,
}

impl Verdict {
    /// Every verdict, in declaration order.
    pub const ALL: [Self; 9] = [
        Self::Passed,
        Self::Failed,
        Self::CompileError,
        Self::RuntimeError,
        Self::OutOfFuel,
        Self::OutOfMemory,
        Self::OutputLimit,
        Self::Forbidden,
        Self::Infrastructure,
    ];

    /// The name used in every file FALCON writes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::CompileError => "compile-error",
            Self::RuntimeError => "runtime-error",
            Self::OutOfFuel => "out-of-fuel",
            Self::OutOfMemory => "out-of-memory",
            Self::OutputLimit => "output-limit",
            Self::Forbidden => "forbidden",
            Self::Infrastructure => "infrastructure",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
