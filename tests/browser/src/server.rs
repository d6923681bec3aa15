//! Two listeners: the page's own server, and the tripwire behind which the browser runs.
//!
//! The server speaks HTTP, so it is `tiny_http`'s. The tripwire must notice whatever a browser sends, also what is no
//! HTTP, which `tiny_http` would refuse before it tells anyone; so that one listens by itself.

use crate::Outcome;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use tiny_http::{Header, Request, Response, Server};

/// First lines of requests, in the order they came.
type Seen = Arc<Mutex<Vec<String>>>;

/// Serves files, and remembers what was asked for.
#[derive(Debug)]
pub struct PageServer {
    port: u16,
    seen: Seen,
}

impl PageServer {
    /// Serves this page under every path.
    pub fn start(page: PathBuf) -> Outcome<Self> {
        Self::start_with(page, &[])
    }

    /// The same with these headers, as names and values.
    pub fn start_with(page: PathBuf, headers: &[(&str, &str)]) -> Outcome<Self> {
        let header = |(name, value): &(&str, &str)| Header::from_bytes(name.as_bytes(), value.as_bytes());
        let headers: Result<_, ()> = headers.iter().map(header).collect();
        Self::serve(headers.map_err(|()| "no header")?, move |_| Some(page.clone()))
    }

    /// Serves the files of folders, each under the beginning of a path.
    pub fn of_folders(folders: Vec<(&'static str, PathBuf)>) -> Outcome<Self> {
        Self::serve(Vec::new(), move |url| {
            let (folder, rest) = folders
                .iter()
                .find_map(|(begin, folder)| url.strip_prefix(begin).map(|rest| (folder, Path::new(rest))))?;
            rest.components().all(|part| matches!(part, Component::Normal(_))).then(|| folder.join(rest))
        })
    }

    /// Serves what a function says is the file of a URL.
    fn serve(headers: Vec<Header>, file: impl Fn(&str) -> Option<PathBuf> + Send + 'static) -> Outcome<Self> {
        let server = Server::http("127.0.0.1:0").map_err(|e| e.to_string())?;
        let port = server.server_addr().to_ip().ok_or("the server has no address")?.port();
        let seen = Seen::default();
        let note = Arc::clone(&seen);
        thread::spawn(move || {
            for request in server.incoming_requests() {
                let line = format!("{} {} HTTP/{}", request.method(), request.url(), request.http_version());
                note.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                let file = file(request.url());
                // A browser that hangs up wants no answer.
                let _ = answer(request, file, &headers);
            }
        });
        Ok(Self { port, seen })
    }

    /// The address of a path.
    pub fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// The page's address.
    pub fn url(&self) -> String {
        self.at("azflow.html")
    }

    /// What was asked for so far.
    pub fn requests(&self) -> Vec<String> {
        read(&self.seen)
    }
}

/// Sends a file, or says that there is none.
fn answer(request: Request, file: Option<PathBuf>, headers: &[Header]) -> std::io::Result<()> {
    let read = file.and_then(|path| std::fs::read(&path).ok().map(|body| (path, body)));
    let Some((path, body)) = read else {
        return request.respond(Response::empty(404));
    };
    let kind: &[u8] = match path.extension().and_then(|end| end.to_str()) {
        Some("html") => b"text/html",
        Some("wasm") => b"application/wasm",
        _ => b"text/javascript",
    };
    let mut response = Response::from_data(body);
    headers.iter().for_each(|header| response.add_header(header.clone()));
    if let Ok(header) = Header::from_bytes(&b"Content-Type"[..], kind) {
        response.add_header(header);
    }
    request.respond(response)
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
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let seen = Seen::default();
        let note = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let note = Arc::clone(&note);
                // One that sends nothing yet must not keep the others from being noticed.
                thread::spawn(move || refuse(stream, &note));
            }
        });
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

/// Notes the first line, whatever it is, and answers that there is no way.
fn refuse(mut stream: TcpStream, seen: &Seen) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    let text = String::from_utf8_lossy(&line).trim().to_owned();
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    // Headers are taken in, so that the browser reads the answer instead of a broken connection.
    let mut header = Vec::new();
    while reader.read_until(b'\n', &mut header)? > 2 {
        header.clear();
    }
    stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

fn read(seen: &Seen) -> Vec<String> {
    seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn ask(port: u16, text: &[u8]) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.write_all(text)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    fn get(port: u16, path: &str) -> std::io::Result<String> {
        ask(port, format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").as_bytes())
    }

    #[test]
    fn files_of_the_folders_are_served_and_no_others() -> Outcome {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join("a"))?;
        std::fs::write(folder.path().join("a/page.html"), "words")?;
        std::fs::write(folder.path().join("secret.html"), "secret")?;
        let server = PageServer::of_folders(vec![("/a/", folder.path().join("a"))])?;
        let found = get(server.port, "/a/page.html")?;
        assert!(found.starts_with("HTTP/1.1 200") && found.ends_with("words"), "{found}");
        assert!(found.contains("Content-Type: text/html"), "{found}");
        for path in ["/a/../secret.html", "/secret.html", "/a/none.html", "/a//etc/passwd", "/a/"] {
            assert!(get(server.port, path)?.starts_with("HTTP/1.1 404"), "{path}");
        }
        assert_eq!(server.requests().len(), 6);
        assert_eq!(server.requests()[0], "GET /a/page.html HTTP/1.1");
        Ok(())
    }

    #[test]
    fn the_tripwire_notices_everything_and_lets_nothing_through() -> Outcome {
        let tripwire = Tripwire::start()?;
        for request in [&b"CONNECT azflow.invalid:443 HTTP/1.1\r\n\r\n"[..], b"\x16\x03\x01 no HTTP\n\n"] {
            assert!(ask(tripwire.port, request)?.starts_with("HTTP/1.1 502"));
        }
        let tried = tripwire.tried();
        assert_eq!(tried[0], "CONNECT azflow.invalid:443 HTTP/1.1");
        assert!(tried[1].contains("no HTTP"), "{tried:?}");
        Ok(())
    }
}
