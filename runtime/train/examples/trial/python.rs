//! A throw-away grader for experiments: programs run in plain `python3` processes.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use falcon_episode::{
    Digest, Episode, Grader, Infrastructure, Submission, TestOutcome, Tests, Value, Verdict,
};

const SERVER: &str = r#"
import sys, json, signal
def late(*_): raise TimeoutError()
signal.signal(signal.SIGVTALRM, late)
import builtins
names = ['abs','sum','max','min','len','sorted','reversed','list','dict','set','str','int','map','filter','range','enumerate','zip','any','all','tuple','bool','print','isinstance']
safe = {n: getattr(builtins, n) for n in names}
def same(a, b): return type(a) is type(b) and a == b and (not isinstance(a, (list, tuple)) or all(same(x, y) for x, y in zip(a, b)))
def run(program, calls):
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.03)
    try:
        try: code = compile(program, 'p', 'exec')
        except TimeoutError: raise
        except BaseException as e: return ['compile', type(e).__name__]
        scope = {'__builtins__': dict(safe)}
        exec(code, scope)
        out = []
        for args, want in calls:
            try:
                got = scope['f'](*eval(args))
                out.append(['ok' if same(got, eval(want)) else 'bad', repr(got)[:200] if isinstance(got, (int, str, list, type(None))) else None, ''])
            except TimeoutError: raise
            except Exception as e: out.append(['error', None, type(e).__name__])
        return ['ran', out]
    except TimeoutError: return ['late', '']
    except BaseException as e: return ['compile', type(e).__name__]
    finally: signal.setitimer(signal.ITIMER_VIRTUAL, 0)
for line in sys.stdin:
    program, calls = json.loads(line)
    print(json.dumps(run(program, calls)), flush=True)
"#;

struct Worker {
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

pub(crate) struct PythonGrader {
    workers: Vec<Mutex<Worker>>,
    runs: AtomicU64,
}

impl PythonGrader {
    pub(crate) fn new() -> Self {
        let worker = || {
            let mut child = Command::new("python3")
                .args(["-I", "-S", "-B", "-c", SERVER])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("python3 starts");
            let input = child.stdin.take().expect("piped");
            let output = BufReader::new(child.stdout.take().expect("piped"));
            Mutex::new(Worker {
                _child: child,
                input,
                output,
            })
        };
        Self {
            workers: vec![worker(), worker()],
            runs: AtomicU64::new(0),
        }
    }

    fn one(&self, worker: &mut Worker, submission: &Submission) -> Episode {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let Tests::Calls { calls, .. } = &submission.tests else {
            panic!("calls only")
        };
        let asked: Vec<(String, String)> = calls
            .iter()
            .map(|call| {
                let arguments: String = call
                    .arguments
                    .iter()
                    .map(|value| format!("{},", literal(value)))
                    .collect();
                (format!("({arguments})"), literal(&call.expected))
            })
            .collect();
        let line = serde_json::to_string(&(&submission.program, asked)).expect("json");
        writeln!(worker.input, "{line}").expect("write");
        worker.input.flush().expect("flush");
        let mut answer = String::new();
        worker.output.read_line(&mut answer).expect("read");
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("json");
        let tests: Vec<TestOutcome> = match answer[0].as_str() {
            Some("ran") => answer[1]
                .as_array()
                .expect("list")
                .iter()
                .enumerate()
                .map(|(index, test)| TestOutcome {
                    name: index.to_string(),
                    verdict: match test[0].as_str() {
                        Some("ok") => Verdict::Passed,
                        Some("bad") => Verdict::Failed,
                        _ => Verdict::RuntimeError,
                    },
                    message: test[2].as_str().unwrap_or("").to_owned(),
                    at: None,
                    got: test[1].as_str().map(str::to_owned),
                })
                .collect(),
            _ => Vec::new(),
        };
        let passes = tests
            .iter()
            .filter(|test| test.verdict == Verdict::Passed)
            .count();
        let verdict = match answer[0].as_str() {
            Some("ran") if passes == calls.len() => Verdict::Passed,
            Some("ran") if tests.iter().any(|t| t.verdict == Verdict::RuntimeError) => {
                Verdict::RuntimeError
            }
            Some("ran") => Verdict::Failed,
            Some("late") => Verdict::OutOfFuel,
            _ => Verdict::CompileError,
        };
        let reward = match verdict {
            Verdict::Passed => 1.0,
            Verdict::Failed => -0.3 + 1.3 * passes as f64 / calls.len() as f64,
            Verdict::CompileError => -1.0,
            _ => -0.6,
        };
        Episode {
            task_id: submission.task_id.clone(),
            language: submission.language.clone(),
            prompt: submission.prompt.clone(),
            program: submission.program.clone(),
            attempt: submission.attempt,
            diagnostics: Vec::new(),
            verdict,
            tests,
            scores: Vec::new(),
            reward: Some(reward),
            fuel: 0,
            seconds: 0.0,
            plugins: BTreeMap::new(),
        }
    }
}

impl Grader for PythonGrader {
    fn grade(&self, batch: &[Submission]) -> Result<Vec<Episode>, Infrastructure> {
        let share = batch.len().div_ceil(self.workers.len()).max(1);
        let parts: Vec<Vec<Episode>> = std::thread::scope(|scope| {
            let running: Vec<_> = batch
                .chunks(share)
                .zip(&self.workers)
                .map(|(part, worker)| {
                    scope.spawn(move || {
                        let mut worker = worker.lock().expect("lock");
                        part.iter()
                            .map(|submission| self.one(&mut worker, submission))
                            .collect()
                    })
                })
                .collect();
            running
                .into_iter()
                .map(|thread| thread.join().expect("join"))
                .collect()
        });
        Ok(parts.into_iter().flatten().collect())
    }

    fn plugins(&self) -> BTreeMap<String, Digest> {
        BTreeMap::from([("fake/python".to_owned(), Digest::of(SERVER.as_bytes()))])
    }

    fn executions(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }
}

/// A value as Python writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(n) => n.to_string(),
        Value::Str(text) => format!("{:?}", String::from_utf8_lossy(text)),
        Value::List(items) => {
            format!(
                "[{}]",
                items.iter().map(literal).collect::<Vec<_>>().join(",")
            )
        }
        other => panic!("no literal for {other:?}"),
    }
}
