//! `serve`: builds, then serves `dist/` on this machine until it is stopped.
//!
//! The page needs no server; this one is for trying the hosted form. It knows GET and files.

use crate::build::build;
use crate::shell::{Outcome, find, heading, root};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the page is served unless told otherwise.
pub const DEFAULT_PORT: u16 = 8765;

/// Builds, then serves at this port until it is stopped.
pub fn serve(port: u16) -> Outcome {
    build()?;
    heading("serve");
    let listener = TcpListener::bind(("127.0.0.1", port))
        .map_err(|e| format!("port {port}: {e}; choose another with --port"))?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let url = format!("http://{address}/azflow.html");
    println!("{url} (Ctrl-C stops)");
    open(&url);
    let dist = root().join("dist");
    for stream in listener.incoming().flatten() {
        let dist = dist.clone();
        // A visitor who hangs up is no concern of the others.
        std::thread::spawn(move || drop(answer(stream, &dist)));
    }
    Ok(())
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

fn answer(mut stream: TcpStream, dist: &Path) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let path = match request.split_whitespace().collect::<Vec<_>>()[..] {
        ["GET", path, _] => file(dist, path),
        _ => None,
    };
    let (status, body) = match path.map(std::fs::read) {
        Some(Ok(body)) => ("200 OK", body),
        _ => ("404 Not Found", b"not here\n".to_vec()),
    };
    let kind = if status.starts_with("200") { "text/html; charset=utf-8" } else { "text/plain" };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}

/// The file that a request names, inside `dist` and nowhere else.
fn file(dist: &Path, path: &str) -> Option<PathBuf> {
    let path = path.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = Path::new(if path.is_empty() { "index.html" } else { path });
    path.components().all(|c| matches!(c, Component::Normal(_))).then(|| dist.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_folder_are_served() {
        let dist = Path::new("dist");
        assert_eq!(file(dist, "/"), Some(dist.join("index.html")));
        assert_eq!(file(dist, "/azflow.html?x#y"), Some(dist.join("azflow.html")));
        assert_eq!(file(dist, "/../Cargo.toml"), None);
        assert_eq!(file(dist, "//etc/passwd"), None);
    }
}
