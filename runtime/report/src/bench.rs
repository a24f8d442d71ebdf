use serde::{Deserialize, Serialize};

/// What a benchmark of the sandbox measured, every subject in turn on the same machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    /// One line a subject.
    pub latency: Vec<Latency>,
    /// One line for a subject and a number of workers.
    pub throughput: Vec<Throughput>,
    /// What each wall between a program and its verdict costs, a line for a language and a wall.
    pub walls: Vec<Wall>,
    /// Batches of programs, one line for a language and a number of workers.
    pub batches: Vec<Batch>,
    /// A whole benchmark graded, where one was given.
    pub suite: Option<SuiteTimes>,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchSubject {
    /// The language of its program.
    pub language: String,
    /// What is done with the program.
    pub what: String,
    /// Where it runs.
    pub place: Place,
}

/// Where a subject's program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In a sandbox of the process that asks.
    InProcess,
    /// In a sandbox of a worker process.
    Worker,
    /// In a process of the machine's own, without a sandbox.
    Native,
}

impl Place {
    /// As people read it.
    #[must_use]
    pub fn described(self) -> &'static str {
        match self {
            Self::InProcess => "in process",
            Self::Worker => "worker",
            Self::Native => "native",
        }
    }
}

/// How long one run of a subject takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The subject.
    #[serde(flatten)]
    pub subject: BenchSubject,
    /// Runs measured.
    pub runs: u64,
    /// Median in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile in milliseconds.
    pub p99_ms: f64,
    /// Fastest run in milliseconds.
    pub min_ms: f64,
}

/// How many runs of a subject are done in a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Throughput {
    /// The subject.
    #[serde(flatten)]
    pub subject: BenchSubject,
    /// Programs at once.
    pub workers: u64,
    /// Runs measured.
    pub runs: u64,
    /// Runs a second.
    pub per_second: f64,
    /// Runs a second over those of one worker; twice as many workers would at best give 2.
    pub scaling: f64,
    /// Median of a run's milliseconds while so many are at work.
    pub p50_ms: f64,
    /// 99th percentile of the same.
    pub p99_ms: f64,
}

/// What one wall adds to the time of a graded task: a difference of two subjects' quantiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wall {
    /// The language.
    pub language: String,
    /// The wall.
    pub wall: String,
    /// Runs on the side that was measured less often.
    pub runs: u64,
    /// Difference of the medians in milliseconds.
    pub p50_ms: f64,
    /// Difference of the 99th percentiles in milliseconds.
    pub p99_ms: f64,
}

/// A batch of programs in worker processes, graded by one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// The language.
    pub language: String,
    /// Worker processes.
    pub workers: u64,
    /// Programs of the batch, each another.
    pub programs: u64,
    /// Times that a batch was graded.
    pub rounds: u64,
    /// Median of a batch in seconds.
    pub p50_s: f64,
    /// Fastest batch in seconds.
    pub min_s: f64,
    /// Programs a second, by the median.
    pub per_second: f64,
    /// The same over that of one worker; twice as many workers would at best give 2.
    pub scaling: f64,
}

/// A whole benchmark graded from end to end, by each grader in turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuiteTimes {
    /// The benchmark.
    pub name: String,
    /// Programs graded in each round: the benchmark's own solutions.
    pub programs: u64,
    /// Programs graded at once by each grader, but for the one that shows what more workers are worth.
    pub workers: u64,
    /// One line a grader.
    pub graders: Vec<SuiteGrader>,
}

/// What one grader took for a whole benchmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuiteGrader {
    /// The grader.
    pub what: String,
    /// Where it runs programs.
    pub place: Place,
    /// Programs that it graded at once.
    pub workers: u64,
    /// Programs that passed, in every round.
    pub passed: u64,
    /// Times the whole benchmark was graded.
    pub rounds: u64,
    /// Median of a round in seconds.
    pub p50_s: f64,
    /// 99th percentile of the same.
    pub p99_s: f64,
    /// Fastest round in seconds.
    pub min_s: f64,
    /// Median of one program's milliseconds.
    pub program_p50_ms: f64,
    /// 99th percentile of the same.
    pub program_p99_ms: f64,
    /// How many times as fast as the usual harness that forks for each program, by the medians; none
    /// where that was not measured.
    pub over_usual: Option<f64>,
    /// The same over the one that starts a process and a manager for each.
    pub over_manager: Option<f64>,
}
