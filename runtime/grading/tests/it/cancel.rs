//! Requests that are taken back while programs run, or are compiled, in this process.

use std::{
    num::NonZeroUsize,
    thread,
    time::{Duration, Instant},
};

use falcon_episode::{Cancel, Compare, Grader as _, Stdio, Submission, Tests};
use falcon_grading::{Language, Options, Panel, Pipeline};
use falcon_host::language::Limits;

use crate::{
    corpus::{self, add_calls},
    support::{plugin, submission},
};

fn pipeline(file: &str) -> (String, Pipeline) {
    let language = Language::of(&plugin(file)).unwrap();
    let name = language.name.clone();
    let options = Options {
        jobs: NonZeroUsize::new(2).unwrap(),
        limits: Limits::default(),
        remembered: 0,
        workers: None,
    };
    (
        name,
        Pipeline::new(vec![language], Panel::none(), &options).unwrap(),
    )
}

/// The time from taking a batch back to its end.
#[allow(clippy::print_stderr, reason = "the figure that the promise is about")]
fn took(pipeline: &Pipeline, batch: &[Submission], after: Duration) -> Duration {
    let cancel = Cancel::new();
    let took = thread::scope(|scope| {
        let graded = scope.spawn(|| {
            let graded = pipeline.grade_until(batch, &cancel);
            (graded.unwrap_err(), Instant::now())
        });
        thread::sleep(after);
        let since = Instant::now();
        cancel.cancel();
        let (error, ended) = graded.join().unwrap();
        assert!(error.is_cancelled(), "{error}");
        ended - since
    });
    eprintln!("cancelled after {after:?}: ended {took:?} later");
    took
}

/// 50 ms is the promise; a machine that runs other tests may be late. Nothing here would end by itself in so long.
const LATE: Duration = Duration::from_secs(10);

fn stdio(runs: usize) -> Tests {
    let one = Stdio {
        input: String::new(),
        expected: String::new(),
        compare: Compare::Text,
    };
    Tests::Stdio(vec![one; runs])
}

#[test]
fn programs_in_this_process_stop_when_they_are_taken_back() {
    let (_, pipeline) = pipeline("falcon-python.wasm");
    let endless = "def add(a, b):\n    while True: pass\n";
    let top = "while True: pass\n";
    for (program, tests) in [
        (endless, add_calls()),
        (endless, corpus::PYTHON.harness()),
        (top, add_calls()),
        (top, stdio(200)),
    ] {
        let batch = [submission(program, tests)];
        for after in [5, 200] {
            assert!(took(&pipeline, &batch, Duration::from_millis(after)) < LATE);
        }
    }
    let right = submission("def add(a, b):\n    return a + b\n", add_calls());
    assert!(pipeline.grade(&[right]).unwrap()[0].passed());
}

/// The compiler is stopped, who waits for what it makes stops waiting, and what it was making is made by the next.
#[test]
fn compiling_stops_when_it_is_taken_back() {
    let (language, pipeline) = pipeline("falcon-cpp.wasm");
    // A set of headers that nothing else in the tests includes, so that it is precompiled here.
    let headers = "#include <regex>\n#include <valarray>\n#include <future>\n#include <charconv>\n";
    let program = |number: u32| Submission {
        language: language.clone(),
        ..submission(
            &format!("{headers}int add(int a, int b) {{ return a + b; }} // {number}\n"),
            add_calls(),
        )
    };
    let batch = [program(1), program(2)];
    let stopped = took(&pipeline, &batch, Duration::from_millis(300));
    let since = Instant::now();
    assert!(pipeline.grade(&[program(3)]).unwrap()[0].passed());
    let whole = since.elapsed();
    assert!(stopped < whole / 2, "{stopped:?} of {whole:?}");
}
