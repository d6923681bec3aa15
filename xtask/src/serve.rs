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
    let dist = root().join("dist");
    for request in server.incoming_requests() {
        let response = match file(&dist, request.url()).and_then(|path| std::fs::read(path).ok()) {
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
