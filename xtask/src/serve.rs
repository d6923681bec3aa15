//! `serve`: builds, then serves `dist/` on this machine until it is stopped.
//!
//! The page needs no server; this one is for trying the hosted form.

use crate::build::build;
use crate::shell::{Outcome, find, heading, root};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use tiny_http::{Header, Response, Server};

/// Where the page is served unless told otherwise.
pub const DEFAULT_PORT: u16 = 8765;

/// Builds, then serves at this port until it is stopped.
pub fn serve(port: u16) -> Outcome {
    build()?;
    heading("serve");
    let server = Server::http(("127.0.0.1", port))
        .map_err(|e| format!("port {port}: {e}; choose another with --port"))?;
    let url = format!("http://{}/azflow.html", server.server_addr());
    println!("{url} (Ctrl-C stops)");
    open(&url);
    answer_all(&server, &root().join("dist"))
}

/// Answers every request until the server is told to stop.
fn answer_all(server: &Server, dist: &Path) -> Outcome {
    for request in server.incoming_requests() {
        let response = match file(dist, request.url()).and_then(|path| std::fs::read(path).ok()) {
            Some(page) => Response::from_data(page).with_header(html()?),
            None => Response::from_data("not here\n").with_status_code(404),
        };
        // A visitor who hangs up is no concern of the others.
        let _ = request.respond(response);
    }
    Ok(())
}

/// All that lies in `dist/` are pages.
fn html() -> Outcome<Header> {
    Header::from_bytes("Content-Type", "text/html; charset=utf-8")
        .map_err(|()| "Content-Type is no header".to_owned())
}

/// Shows the page in the user's browser, where there is a way to.
fn open(url: &str) {
    let opener = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    if find(opener).is_some() {
        let _ = Command::new(opener).arg(url).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    }
}

/// The file that a request names, inside `dist` and nowhere else.
fn file(dist: &Path, path: &str) -> Option<PathBuf> {
    let path = path.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = Path::new(if path.is_empty() { "index.html" } else { path });
    path.components().all(|c| matches!(c, Component::Normal(_))).then(|| dist.join(path))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    fn get(port: u16, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn pages_are_sent_as_pages_and_nothing_else_is() {
        let dist = std::env::temp_dir().join(format!("azflow-serve-{}", std::process::id()));
        std::fs::create_dir_all(&dist).unwrap();
        std::fs::write(dist.join("azflow.html"), "words").unwrap();
        let server = Server::http("127.0.0.1:0").unwrap();
        let port = server.server_addr().to_ip().unwrap().port();
        // What fails is told after the server has stopped: its thread would be waited for.
        let answers = std::thread::scope(|threads| {
            let answering = threads.spawn(|| answer_all(&server, &dist));
            let paths = ["/azflow.html?a#b", "/", "/other.html", "/../Cargo.toml", "//etc/passwd"];
            let answers = paths.map(|path| get(port, path));
            server.unblock();
            assert_eq!(answering.join().unwrap(), Ok(()));
            answers
        });
        std::fs::remove_dir_all(&dist).unwrap();
        let [page, others @ ..] = answers;
        assert!(page.starts_with("HTTP/1.1 200") && page.ends_with("words"), "{page}");
        assert!(page.contains("Content-Type: text/html; charset=utf-8"), "{page}");
        assert!(others.iter().all(|answer| answer.starts_with("HTTP/1.1 404")), "{others:?}");
    }

    #[test]
    fn only_files_of_the_folder_are_served() {
        let dist = Path::new("dist");
        assert_eq!(file(dist, "/"), Some(dist.join("index.html")));
        assert_eq!(file(dist, "/azflow.html?x#y"), Some(dist.join("azflow.html")));
        assert_eq!(file(dist, "/../Cargo.toml"), None);
        assert_eq!(file(dist, "//etc/passwd"), None);
    }
}
