//! Items on a server that speaks S3: moto's (the Python package `moto[server]`, 5.2.1 or newer), started here on a free port. What
//! speaks to it is a child process, whose environment says where it is.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read, Seek, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use falcon_episode::LongTermMemory;
use falcon_memory::{MemoryError, Nearest, Options, Store};
use tempfile::TempDir;

use crate::{
    durability::kills_lose_nothing,
    elsewhere::lives_below,
    support::{cause, open, varied},
};

/// Says which part a child plays.
const CHILD: &str = "FALCON_MEMORY_S3_CHILD";
/// Names the file that a child puts where it wants the network cut.
const SWITCH: &str = "FALCON_MEMORY_S3_SWITCH";
const BUCKET: &str = "falcon";
/// How long the server may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a child may take.
const LIMIT: Duration = Duration::from_secs(600);

/// Not a test of its own: the child of the next one.
#[test]
fn child() {
    match env::var(CHILD).as_deref() {
        Ok("whole") => a_memory_lives_and_is_killed(),
        Ok("cut") => a_commit_whose_answer_is_lost_is_there_once(),
        Ok("lax") => a_server_that_ignores_conditions_is_refused(),
        Ok("deaf") => a_server_that_never_answers_is_given_up(),
        _ => {}
    }
}

#[test]
#[allow(clippy::print_stdout, reason = "says why it is skipped")]
fn items_live_on_a_server_that_speaks_s3() {
    if !cfg!(feature = "s3") {
        println!("skipped: built without the feature s3 (docs/memory.md)");
        return;
    }
    let Some(server) = Server::start() else {
        println!("skipped: there is no moto_server that starts (pip install 'moto[server]')");
        return;
    };
    let answer = server.put(BUCKET);
    assert!(answer.contains(" 200 "), "making the bucket: {answer}");
    run("whole", &server.address(), &[]);

    let folder = tempfile::tempdir().unwrap();
    let switch = folder.path().join("cut");
    let text = switch.to_str().unwrap();
    let proxy = Proxy::start(server.address(), Fault::Cuts(switch.clone()));
    run("cut", &proxy, &[(SWITCH, text)]);
    let proxy = Proxy::start(server.address(), Fault::Forgets);
    run("lax", &proxy, &[]);

    // The system takes its connections, and nobody reads them.
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = deaf.local_addr().unwrap().to_string();
    let hurried = [
        ("AWS_TIMEOUT", "1s"),
        ("OBJECT_STORE_CLIENT_MAX_RETRIES", "0"),
    ];
    run("deaf", &address, &hurried);
}

fn a_memory_lives_and_is_killed() {
    lives_below(&format!("s3://{BUCKET}/memory/train"));

    let folder = tempfile::tempdir().unwrap();
    let url = format!("s3://{BUCKET}/killed");
    drop(begin(&folder, &url, Options::default()).unwrap());
    kills_lose_nothing(folder.path(), 3);
    let second = tempfile::tempdir().unwrap();
    let refused = begin(&second, &url, Options::default()).err();
    assert!(
        matches!(refused, Some(MemoryError::Taken { .. })),
        "{refused:?}"
    );

    let folder = tempfile::tempdir().unwrap();
    let url = "s3://nobody-made-this/items";
    told(
        begin(&folder, url, Options::default()),
        &["nobody-made-this", "There is no such bucket"],
    );
    // A folder is not bound to a bucket that was mistyped.
    assert!(!folder.path().join("memory.json").exists());
}

fn a_commit_whose_answer_is_lost_is_there_once() {
    let url = format!("s3://{BUCKET}/cut");
    let switch = env::var_os(SWITCH).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        commit_every: 1,
        ..Options::default()
    };
    let items = |from: usize| (from..from + 5).map(varied).collect::<Vec<_>>();
    let store = begin(&folder, &url, options).unwrap();
    store.admit(&items(0)).unwrap();
    // Before the next enter the table gets these. It does, and nobody learns it.
    fs::write(&switch, "").unwrap();
    let error = cause(store.admit(&items(5))).to_string();
    assert!(error.contains(&url), "{error}");
    fs::remove_file(&switch).unwrap();
    assert_eq!(tasks(&look(&url).unwrap()), numbered(5));

    store.admit(&items(5)).unwrap();
    assert_eq!(tasks(&store), numbered(10));
    store.checkpoint().unwrap();
    store.maintain().unwrap();
    drop(store);
    assert_eq!(tasks(&open(folder.path())), numbered(10));
    assert_eq!(tasks(&look(&url).unwrap()), numbered(10));
}

fn a_server_that_ignores_conditions_is_refused() {
    let url = format!("s3://{BUCKET}/lax");
    let folder = tempfile::tempdir().unwrap();
    told(
        begin(&folder, &url, Options::default()),
        &[&url, "took twice", "honours conditional writes"],
    );
    // Nothing keeps the folder from another place, nor a table there from being made elsewhere.
    assert!(!folder.path().join("memory.json").exists());
    assert!(!Store::has_items(&url).unwrap());
}

fn a_server_that_never_answers_is_given_up() {
    let url = format!("s3://{BUCKET}/deaf");
    let begun = Instant::now();
    told(look(&url), &[&url, "AWS_ENDPOINT"]);
    assert!(begun.elapsed() < 2 * PATIENCE, "{:?}", begun.elapsed());
}

fn begin(folder: &TempDir, url: &str, options: Options) -> Result<Store, MemoryError> {
    Store::open_elsewhere(folder.path(), url, options, Arc::new(Nearest))
}

fn look(url: &str) -> Result<Store, MemoryError> {
    Store::open_for_reading(Path::new(url), Arc::new(Nearest))
}

fn told(result: Result<Store, MemoryError>, words: &[&str]) {
    let text = result.err().expect("an error").to_string();
    for word in words {
        assert!(text.contains(word), "{text:?} lacks {word:?}");
    }
}

/// The tasks of all items, sorted.
fn tasks(store: &Store) -> Vec<String> {
    let records = store.records();
    let mut tasks: Vec<_> = records.into_iter().map(|one| one.item.task_id).collect();
    tasks.sort();
    tasks
}

/// The tasks of so many [`varied`] items, of ten at most.
fn numbered(items: usize) -> Vec<String> {
    (0..items).map(|number| format!("task-{number}")).collect()
}

/// Runs a part to its end in a child whose environment names this server, and nothing else of object storage or of the network.
fn run(part: &str, address: &str, more: &[(&str, &str)]) {
    let mut command = Command::new(env::current_exe().unwrap());
    for (name, _) in env::vars_os() {
        let known = name.to_string_lossy().to_uppercase();
        let of_storage = ["AWS_", "OBJECT_STORE_", "LANCE_"];
        if of_storage.iter().any(|start| known.starts_with(start)) || known.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    let mut output = tempfile::tempfile().unwrap();
    let mut process = command
        .args(["--exact", "s3::child", "--nocapture", "--test-threads=1"])
        .env(CHILD, part)
        .env("AWS_ENDPOINT", format!("http://{address}"))
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("NO_PROXY", "127.0.0.1")
        .envs(more.iter().copied())
        .stdin(Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output.try_clone().unwrap())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = process.try_wait().unwrap() {
            break Some(status);
        }
        if begun.elapsed() > LIMIT {
            process.kill().unwrap();
            process.wait().unwrap();
            break None;
        }
        thread::sleep(Duration::from_millis(50));
    };
    let mut said = Vec::new();
    output.rewind().unwrap();
    output.read_to_end(&mut said).unwrap();
    let said = String::from_utf8_lossy(&said);
    assert!(
        status.is_some_and(|status| status.success()),
        "{part}: {status:?}\n{said}"
    );
}

/// A server of this test's own, ended with it.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// None where there is no such program, or it ends before it answers.
    fn start() -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let process = Command::new("moto_server")
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut server = Self { process, port };
        let begun = Instant::now();
        while TcpStream::connect(server.address()).is_err() {
            if server.process.try_wait().unwrap().is_some() {
                return None;
            }
            assert!(begun.elapsed() < PATIENCE, "moto_server does not answer");
            thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Makes a bucket. Returns the first line of the answer.
    fn put(&self, bucket: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "PUT /{bucket} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            self.address()
        )
        .unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a proxy does to what passes through it.
enum Fault {
    /// While this file is there it loses the answer to a commit, and lets nothing pass afterwards.
    Cuts(PathBuf),
    /// It leaves the conditions out of requests.
    Forgets,
}

/// Passes requests on to a server, one a connection, for as long as the process lives.
struct Proxy {
    server: String,
    fault: Fault,
    is_cut: AtomicBool,
}

impl Proxy {
    /// Returns its address.
    fn start(server: String, fault: Fault) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let proxy = Arc::new(Self {
            server,
            fault,
            is_cut: AtomicBool::new(false),
        });
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let proxy = Arc::clone(&proxy);
                // A connection that one side breaks is the other's loss.
                thread::spawn(move || proxy.pass(client));
            }
        });
        address
    }

    fn pass(&self, mut client: TcpStream) -> io::Result<()> {
        let is_armed = matches!(&self.fault, Fault::Cuts(switch) if switch.exists());
        if !is_armed {
            self.is_cut.store(false, Ordering::Relaxed);
        }
        if self.is_cut.load(Ordering::Relaxed) {
            return Ok(());
        }
        let (head, body) = request(&mut client)?;
        let forgets = matches!(self.fault, Fault::Forgets);
        let is_left_out = |line: &str| match line.split_once(':') {
            Some((name, _)) if name.eq_ignore_ascii_case("if-none-match") => forgets,
            Some((name, _)) => name.eq_ignore_ascii_case("connection"),
            None => line.is_empty(),
        };
        let lines: Vec<&str> = head.lines().filter(|line| !is_left_out(line)).collect();
        let mut server = TcpStream::connect(&self.server)?;
        // The server ends its answer by closing.
        write!(
            server,
            "{}\r\nConnection: close\r\n\r\n",
            lines.join("\r\n")
        )?;
        server.write_all(&body)?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        let is_commit = head.starts_with("PUT ") && lines[0].contains("/_versions/");
        if is_armed && is_commit {
            self.is_cut.store(true, Ordering::Relaxed);
            return Ok(());
        }
        client.write_all(&answer)
    }
}

/// The head of a request, with the empty line at its end, and its body.
fn request(client: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut reader = BufReader::new(client);
    let mut head = String::new();
    while reader.read_line(&mut head)? > "\r\n".len() {}
    if head.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let headers = head.lines().filter_map(|line| line.split_once(':'));
    let length = headers
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .find_map(|(_, value)| value.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok((head, body))
}
