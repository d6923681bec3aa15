//! Two listeners: the page's own server, and the tripwire behind which the browser runs.

use crate::Outcome;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// First lines of requests, in the order they came.
type Seen = Arc<Mutex<Vec<String>>>;

/// Serves one file under every path, and remembers what was asked for.
#[derive(Debug)]
pub struct PageServer {
    port: u16,
    seen: Seen,
}

impl PageServer {
    /// Serves this page.
    pub fn start(page: PathBuf) -> Outcome<Self> {
        let (port, seen) = listen(move |stream, _| {
            let body = std::fs::read(&page)?;
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            )?;
            stream.write_all(&body)
        })?;
        Ok(Self { port, seen })
    }

    /// Serves the files of folders, each under the beginning of a path.
    pub fn of_folders(folders: Vec<(&'static str, PathBuf)>) -> Outcome<Self> {
        let (port, seen) = listen(move |stream, request| {
            let path = request.split_whitespace().nth(1).unwrap_or_default();
            let file = folders
                .iter()
                .find_map(|(begin, folder)| path.strip_prefix(begin).map(|rest| folder.join(rest)))
                .filter(|_| !path.contains(".."));
            let Some(body) = file.as_ref().and_then(|file| std::fs::read(file).ok()) else {
                return stream
                    .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            };
            let kind = match path.rsplit('.').next() {
                Some("html") => "text/html",
                Some("wasm") => "application/wasm",
                _ => "text/javascript",
            };
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            )?;
            stream.write_all(&body)
        })?;
        Ok(Self { port, seen })
    }

    /// The address of a path.
    pub fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// The page's address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/azflow.html", self.port)
    }

    /// What was asked for so far.
    pub fn requests(&self) -> Vec<String> {
        read(&self.seen)
    }
}

/// A proxy that lets nothing through and remembers who tried.
#[derive(Debug)]
pub struct Tripwire {
    port: u16,
    seen: Seen,
}

impl Tripwire {
    /// Begins to listen.
    pub fn start() -> Outcome<Self> {
        let (port, seen) = listen(|stream, _| {
            stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        })?;
        Ok(Self { port, seen })
    }

    /// Where the browser is to send everything.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What was tried so far.
    pub fn tried(&self) -> Vec<String> {
        read(&self.seen)
    }
}

fn read(seen: &Seen) -> Vec<String> {
    seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn listen(
    answer: impl Fn(&mut TcpStream, &str) -> std::io::Result<()> + Send + Sync + 'static,
) -> Outcome<(u16, Seen)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let seen = Seen::default();
    let note = Arc::clone(&seen);
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (note, answer) = (Arc::clone(&note), Arc::clone(&answer));
            thread::spawn(move || -> std::io::Result<()> {
                let mut reader = BufReader::new(stream.try_clone()?);
                let mut request = String::new();
                reader.read_line(&mut request)?;
                note.lock().unwrap_or_else(PoisonError::into_inner).push(request.trim().to_owned());
                let mut header = String::new();
                while reader.read_line(&mut header)? > 2 {
                    header.clear();
                }
                answer(&mut stream, &request)
            });
        }
    });
    Ok((port, seen))
}
