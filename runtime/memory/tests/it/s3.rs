//! Items on a server that speaks S3: moto's (the Python package `moto[server]`), started here on a free port.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use falcon_memory::{Nearest, Options, Store};

use crate::{durability::kills_lose_nothing, elsewhere::lives_below};

/// Set for the process whose environment says where the server is.
const CHILD: &str = "FALCON_MEMORY_S3_CHILD";
const BUCKET: &str = "falcon";
/// How long the server may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// Not a test of its own: the child of the next one.
#[test]
fn child() {
    if env::var_os(CHILD).is_none() {
        return;
    }
    lives_below(&format!("s3://{BUCKET}/memory/train"));

    let open = |folder: &tempfile::TempDir, url: &str| {
        Store::open_elsewhere(folder.path(), url, Options::default(), Arc::new(Nearest))
    };
    let folder = tempfile::tempdir().unwrap();
    drop(open(&folder, &format!("s3://{BUCKET}/killed")).unwrap());
    kills_lose_nothing(folder.path(), 3);

    let folder = tempfile::tempdir().unwrap();
    let error = open(&folder, "s3://nobody-made-this/items").err().unwrap();
    let text = error.to_string();
    assert!(
        text.contains("nobody-made-this") && text.contains("There is no such bucket"),
        "{text}"
    );
    // A folder is not bound to a bucket that was mistyped.
    assert!(!folder.path().join("memory.json").exists());
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
    let ended = Command::new(env::current_exe().unwrap())
        .args(["--exact", "s3::child", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .env("AWS_ENDPOINT", format!("http://{}", server.address()))
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env_remove("AWS_SESSION_TOKEN")
        .env_remove("AWS_PROFILE")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        ended.status.success(),
        "{}\n{}",
        text(&ended.stdout),
        text(&ended.stderr)
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
