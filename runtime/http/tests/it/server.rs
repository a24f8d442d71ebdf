//! A small HTTP server on this machine, which answers by what is asked.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// The server, and what it was asked.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `/size/N` answers N bytes, `/status/N` that status, `/to/URL` leads there, `/endless` says nothing.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let heard = Arc::clone(&heard);
                thread::spawn(move || serve(stream, &heard));
            }
        });
        Self { address, asked }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Each request: its head and its body.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, heard: &Mutex<Vec<String>>) {
    let request = read(&stream);
    let path = request.split(' ').nth(1).unwrap().to_owned();
    heard.lock().unwrap().push(request);
    let number = || path.rsplit('/').next().unwrap().parse::<usize>().unwrap();
    let (status, more, body) = if path.starts_with("/size/") {
        (200, String::new(), vec![b'y'; number()])
    } else if path.starts_with("/status/") {
        (number(), String::new(), Vec::new())
    } else if let Some(to) = path.strip_prefix("/to/") {
        (302, format!("Location: {to}\r\n"), Vec::new())
    } else if path == "/endless" {
        thread::sleep(Duration::from_secs(60));
        return;
    } else {
        (200, "X-Told: hello\r\n".to_owned(), b"well".to_vec())
    };
    // The client may have gone by now, as one that was told too much has.
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{more}\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&body);
}

fn read(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
        request.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request + std::str::from_utf8(&body).unwrap()
}
