//! MBPP by behaviour: a task is of use to another where its reference passes the other's tests.

use std::{collections::HashMap, path::Path, time::Instant};

use falcon_episode::{Submission, Tests};
use falcon_tasks::formats::Task;

use super::{Asking, Collection, Context, mbpp};
use crate::{
    failure::{Failure, OrFail as _},
    live,
    services::{Asked, Judges, Sandbox},
};

const GRADES: &str =
    "grades: 3 another task's reference passes all of the task's tests, called by the task's name";
/// What a program may spend: most references take far less, and a program under strange tests may never end. The tests' own side
/// has the usual fuel: where it ends before the program answered, that is a fault of the tests, and less would make more of those.
const FUEL: u64 = 200_000_000;
/// Programs graded together.
const TOGETHER: usize = 256;

/// Every task of the file is stored, and asks for the others. Pairs that cannot fit, because their functions take
/// different numbers of arguments, are not run.
pub(super) fn collection(context: &Context, file: &Path) -> Result<Collection, Failure> {
    let tasks = mbpp::tasks(file)?;
    let functions = tasks.iter().enumerate();
    let functions: Vec<Function<'_>> = functions
        .filter_map(|(place, task)| Function::of(place, task))
        .collect();
    let mut pairs = Vec::new();
    for asks in &functions {
        let others = functions.iter().filter(|one| one.place != asks.place);
        let fitting = others.filter(|one| asks.fits(one));
        pairs.extend(fitting.map(|answers| Pair { asks, answers }));
    }
    let asking = |task: &Task| Asking {
        query: mbpp::query(task),
        relevant: HashMap::new(),
    };
    let mut queries: Vec<Asking> = tasks.iter().map(asking).collect();
    for pair in passing(context, &tasks, &pairs)? {
        let relevant = &mut queries[pair.asks.place].relevant;
        relevant.insert(pair.answers.place, 3);
    }
    Ok(Collection {
        name: "MBPP by behaviour".to_owned(),
        grades: GRADES,
        queries,
        items: tasks.iter().map(mbpp::item).collect(),
    })
}

/// A program under the tests of another task: whose tests, and whose reference. There are so many that a program's text is
/// made when it is run.
struct Pair<'a> {
    asks: &'a Function<'a>,
    answers: &'a Function<'a>,
}

/// The pairs whose program passes.
fn passing<'a>(
    context: &Context,
    tasks: &[Task],
    pairs: &'a [Pair<'a>],
) -> Result<Vec<&'a Pair<'a>>, Failure> {
    let asked = Asked {
        judges: Judges::Later,
        fuel: Some(FUEL),
        ..Asked::default()
    };
    let sandbox = Sandbox::open(context, asked)?;
    let mut passed = Vec::new();
    let mut faults = 0_u32;
    let mut told = Instant::now();
    for (done, some) in pairs.chunks(TOGETHER).enumerate() {
        let submission = |pair: &Pair| Submission {
            program: pair.answers.called(pair.asks.name),
            reference: None,
            ..tasks[pair.asks.place].submission("")
        };
        let batch: Vec<Submission> = some.iter().map(submission).collect();
        let episodes = sandbox.grader().grade(&batch);
        let episodes = episodes.or_infrastructure("the programs cannot be graded")?;
        for (pair, episode) in some.iter().zip(&episodes) {
            faults += u32::from(episode.is_fault());
            if episode.passed() {
                passed.push(pair);
            }
        }
        if told.elapsed().as_secs() >= 10 {
            told = Instant::now();
            let (done, of) = (done * TOGETHER, pairs.len());
            live::line(&format!(
                "MBPP across: {done} of {of} programs, {} pass",
                passed.len()
            ));
        }
    }
    if faults > 0 {
        live::line(&format!(
            "{faults} of {} programs met a fault of the sandbox and count as of no use",
            pairs.len()
        ));
    }
    Ok(passed)
}

/// The function that a task's tests call, as its reference has it.
struct Function<'a> {
    /// The place of its task.
    place: usize,
    code: &'a str,
    name: &'a str,
    /// Arguments that it takes at least and at most.
    least: usize,
    most: usize,
}

impl<'a> Function<'a> {
    /// None where the tests call none that the reference defines.
    fn of(place: usize, task: &'a Task) -> Option<Self> {
        let code = task.canonical.as_deref()?;
        let Tests::Harness(harness) = &task.tests else {
            return None;
        };
        let (name, parameters) =
            definitions(code).find(|(name, _)| mbpp::calls(&harness.tests, name))?;
        let (least, most) = arity(parameters);
        Some(Self {
            place,
            code,
            name,
            least,
            most,
        })
    }

    /// Whether a call of the one may be a call of the other.
    fn fits(&self, other: &Self) -> bool {
        self.least <= other.most && other.least <= self.most
    }

    /// The program with its function under another name; as it is where it has one of that name.
    fn called(&self, name: &str) -> String {
        let (code, own) = (self.code, self.name);
        if definitions(code).any(|(defined, _)| defined == name) {
            return code.to_owned();
        }
        format!("{code}\n\ndef {name}(*arguments):\n    return {own}(*arguments)\n")
    }
}

/// The functions that stand at the left edge: names, and what stands between their brackets.
fn definitions(code: &str) -> impl Iterator<Item = (&str, &str)> {
    const DEF: &str = "def ";
    let at_edge = move |(at, _): &(usize, &str)| *at == 0 || code[..*at].ends_with('\n');
    let definition = move |(at, _): (usize, &str)| {
        let (name, rest) = code[at + DEF.len()..].split_once('(')?;
        let mut depth = 1_usize;
        let close = rest.char_indices().find(|(_, letter)| {
            depth = deeper(depth, *letter);
            depth == 0
        });
        Some((name.trim(), &rest[..close?.0]))
    };
    code.match_indices(DEF)
        .filter(at_edge)
        .filter_map(definition)
}

/// The fewest and the most arguments of a list of parameters.
fn arity(parameters: &str) -> (usize, usize) {
    let (mut least, mut most) = (0_usize, 0_usize);
    let mut depth = 0_usize;
    let between = |letter: char| {
        depth = deeper(depth, letter);
        letter == ',' && depth == 0
    };
    for parameter in parameters.split(between).map(str::trim) {
        match parameter {
            "" | "*" | "/" => {}
            one if one.starts_with("**") => {}
            one if one.starts_with('*') => most = usize::MAX,
            one => {
                least += usize::from(!one.contains('='));
                most = most.saturating_add(1);
            }
        }
    }
    (least, most)
}

/// How many brackets are open after this letter.
fn deeper(depth: usize, letter: char) -> usize {
    match letter {
        '(' | '[' | '{' => depth + 1,
        ')' | ']' | '}' => depth.saturating_sub(1),
        _ => depth,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_and_what_they_take() {
        for (parameters, expected) in [
            ("", (0, 0)),
            ("a", (1, 1)),
            ("a, b=(1, 2), *, c = {1: 2}", (1, 3)),
            ("a,\r\n  b,", (2, 2)),
            ("a, *rest, **named", (1, usize::MAX)),
        ] {
            assert_eq!(arity(parameters), expected, "{parameters:?}");
        }
        let code = "import re\r\ndef helper(x):\r\n  def inner(y): return y\r\n  return x\r\ndef main(a, b=f(1)):\r\n  return helper(a)\r\n";
        let found: Vec<_> = definitions(code).collect();
        assert_eq!(found, [("helper", "x"), ("main", "a, b=f(1)")]);
        assert_eq!(definitions("def cut(a").count(), 0);
    }

    #[test]
    fn a_program_is_called_by_another_name() {
        let of = |code, name| Function {
            place: 0,
            code,
            name,
            least: 1,
            most: 1,
        };
        let function = of("def f(x):\n    return g(x)\ndef g(x):\n    return x\n", "f");
        assert!(
            function
                .called("h")
                .ends_with("def h(*arguments):\n    return f(*arguments)\n")
        );
        // A helper is not written over: it would call itself for ever.
        assert_eq!(function.called("g"), function.code);
        assert_eq!(function.called("f"), function.code);
    }
}
