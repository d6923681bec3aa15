//! Makes the product: one HTML file that holds everything and may connect to nothing.
//!
//! Trunk compiles; this step takes `index.html` as it is in the repository, leaves out the lines
//! meant for Trunk, and puts in the styles, the script and the module, behind a content security
//! policy that names each by its hash. Whatever the page would have to load is an error here.

use crate::imports::unlisted;
use crate::pack::{gzip, pack};
use crate::source::Source;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Why no bundle came out.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file could not be read or written.
    #[error("{1}: {0}")]
    File(std::io::Error, PathBuf),
    /// The page lacks a tag that the bundle hangs on.
    #[error("index.html has no {0}")]
    NoTag(&'static str),
    /// A text would end its own element early, or would be read differently than it was hashed.
    #[error("the {0} contains {1:?}, which HTML would not read as a part of it")]
    Unsafe(&'static str, &'static str),
    /// The result still refers to something outside itself.
    #[error("the bundle would load something: {0}")]
    External(String),
    /// The module could send.
    #[error("the module is given a way to send: {0}")]
    Sender(&'static str),
    /// The module is given something that nobody has looked at.
    #[error("the module is given {}: if it can't send, list it in xtask/src/imports.txt", .0.join(", "))]
    Unlisted(Vec<String>),
    /// The result says where it was made.
    #[error("the page names a folder of the machine that made it: {0}")]
    Place(String),
}

/// What goes into the page.
pub struct Pieces<'a> {
    /// `index.html` as written for Trunk.
    pub page: &'a str,
    /// All styles, in order.
    pub css: &'a str,
    /// What gives up everything that the page never uses.
    pub given_up: &'a str,
    /// wasm-bindgen's no-modules glue.
    pub glue: &'a str,
    /// What starts the module in the window and in workers.
    pub boot: &'a str,
    /// The module.
    pub wasm: &'a [u8],
    /// Which source all this is, in words.
    pub source: &'a str,
}

/// Bundles what Trunk left in `staging`, and clears away the files that are now inside. None of the `places` may be
/// named in it. Returns how large the page is when a server compresses it.
pub fn bundle_dir(root: &Path, staging: &Path, places: &[String]) -> Result<u64, BundleError> {
    let text = |path: PathBuf| fs::read_to_string(&path).map_err(|e| BundleError::File(e, path));
    let page = text(root.join("index.html"))?;
    let mut css = String::new();
    for href in stylesheets(&page) {
        css.push_str(&text(root.join(href))?);
    }
    let wasm = staging.join("azflow-page_bg.wasm");
    let wasm = fs::read(&wasm).map_err(|e| BundleError::File(e, wasm))?;
    let glue = text(staging.join("azflow-page.js"))?;
    let given_up = text(root.join("src/browser/given_up.js"))?;
    let boot = text(root.join("src/browser/boot.js"))?;
    let source = Source::of(root).words();
    let pieces = Pieces {
        page: &page,
        css: &css,
        given_up: &given_up,
        glue: &glue,
        boot: &boot,
        wasm: &wasm,
        source: &source,
    };
    let html = bundle(&pieces)?;
    nameless(&pieces, &html, places)?;
    let list = |e| BundleError::File(e, staging.to_owned());
    for entry in fs::read_dir(staging).map_err(list)? {
        let path = entry.map_err(list)?.path();
        if path.is_file() {
            fs::remove_file(&path).map_err(|e| BundleError::File(e, path))?;
        }
    }
    for name in ["azflow.html", "index.html"] {
        let path = staging.join(name);
        fs::write(&path, &html).map_err(|e| BundleError::File(e, path))?;
    }
    Ok(gzip(html.as_bytes()).len() as u64)
}

/// The paths of the style sheets that the page asks Trunk for.
fn stylesheets(page: &str) -> Vec<&str> {
    let href = |line: &'_ str| -> Option<(usize, usize)> {
        let from = line.find("href=\"")? + 6;
        Some((from, from + line[from..].find('"')?))
    };
    page.lines()
        .filter(|line| line.contains("data-trunk") && line.contains("rel=\"css\""))
        .filter_map(|line| href(line).map(|(from, to)| &line[from..to]))
        .collect()
}

/// Puts the pieces into one page.
pub fn bundle(pieces: &Pieces<'_>) -> Result<String, BundleError> {
    // HTML turns CR LF into LF before hashing, so the hash must be of the same.
    let text = |text: &str| text.replace("\r\n", "\n");
    let css = text(pieces.css);
    // What is given up is given up first, before the glue and the module could be made to hold it.
    let script = format!("{}\n{}\n{}", text(pieces.given_up), text(pieces.glue), text(pieces.boot));
    inlinable("styles", &css, &["</style", "<!--"])?;
    inlinable("script", &script, &["</script", "<script", "<!--"])?;
    // Every browser unpacks gzip by itself. Base64, since a page is text.
    let wasm = BASE64.encode(pack(pieces.wasm));
    let policy = policy(&script, &css);

    mute(pieces.glue)?;
    let page = pieces.page.replace("\r\n", "\n");
    let page: String =
        page.lines().filter(|line| !line.contains("data-trunk")).map(|line| format!("{line}\n")).collect();
    // Nothing before the policy is under it, so it comes first; only the character set may be
    // needed to read the policy itself, and ASCII needs none.
    let page = insert(
        &page,
        "<head>",
        true,
        &format!("\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">"),
    )?;
    let source = format!("<meta name=\"azflow-source\" content=\"{}\">\n", pieces.source);
    let page = insert(&page, "</head>", false, &source)?;
    let page = insert(&page, "</head>", false, &format!("<style>{css}</style>\n"))?;
    let body = format!(
        "<script type=\"application/wasm+gzip+base64\" id=\"azflow-wasm\">{wasm}</script>\n\
         <script>{script}</script>\n"
    );
    let page = insert(&page, "</body>", false, &body)?;
    self_contained(pieces, &page, &css)?;
    Ok(page)
}

fn inlinable(what: &'static str, text: &str, ends: &[&'static str]) -> Result<(), BundleError> {
    let lower = text.to_ascii_lowercase();
    match ends.iter().find(|end| lower.contains(**end)) {
        Some(end) => Err(BundleError::Unsafe(what, end)),
        None if text.contains(['\r', '\0']) => Err(BundleError::Unsafe(what, "a carriage return or NUL")),
        None => Ok(()),
    }
}

/// The policy: what is inside may run, and nothing may be reached.
fn policy(script: &str, css: &str) -> String {
    let [script, css] = [script, css].map(|text| BASE64.encode(Sha256::digest(text.as_bytes())));
    format!(
        "default-src 'none'; script-src 'sha256-{script}' 'wasm-unsafe-eval'; worker-src blob:; \
         style-src 'sha256-{css}'; img-src data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types default"
    )
}

fn insert(page: &str, tag: &'static str, after: bool, text: &str) -> Result<String, BundleError> {
    let at = page.find(tag).ok_or(BundleError::NoTag(tag))?;
    let at = if after { at + tag.len() } else { at };
    Ok(format!("{}{text}{}", &page[..at], &page[at..]))
}

/// What the module would have to be given to send anything. What gives it everything is the script that goes with it.
const SENDERS: [&str; 7] = [
    "__wbg_fetch",
    "XMLHttpRequest",
    "WebSocket",
    "EventSource",
    "sendBeacon",
    "RTCPeerConnection",
    "WebTransport",
];

/// Looks for ways to send: the policy forbids them, and the module has none in the first place.
fn mute(glue: &str) -> Result<(), BundleError> {
    match SENDERS.iter().find(|name| glue.contains(**name)) {
        Some(name) => Err(BundleError::Sender(name)),
        None => match unlisted(glue) {
            names if names.is_empty() => Ok(()),
            names => Err(BundleError::Unlisted(names)),
        },
    }
}

/// Looks for folders of this machine: whoever else makes the page has others.
fn nameless(pieces: &Pieces<'_>, page: &str, places: &[String]) -> Result<(), BundleError> {
    let module = String::from_utf8_lossy(pieces.wasm);
    match places.iter().find(|place| module.contains(*place) || page.contains(*place)) {
        Some(place) => Err(BundleError::Place(place.clone())),
        None => Ok(()),
    }
}

/// Looks for whatever would make the browser ask for something.
fn self_contained(pieces: &Pieces<'_>, page: &str, css: &str) -> Result<(), BundleError> {
    let markup: String = pieces.page.lines().filter(|l| !l.contains("data-trunk")).collect();
    for attribute in ["src=", "href=", "srcset=", "action=", "poster="] {
        for (at, _) in markup.match_indices(attribute) {
            let value = markup[at + attribute.len()..].trim_start_matches(['"', '\'']);
            if !value.starts_with("data:") && !value.starts_with('#') {
                return Err(BundleError::External(value.chars().take(60).collect()));
            }
        }
    }
    for call in ["url(", "@import"] {
        for (at, _) in css.match_indices(call) {
            let value = css[at + call.len()..].trim_start_matches(['"', '\'', ' ']);
            if !value.starts_with("data:") && !value.starts_with('#') {
                return Err(BundleError::External(value.chars().take(60).collect()));
            }
        }
    }
    match page.find("data-trunk") {
        Some(_) => Err(BundleError::External("a line for Trunk is left".to_owned())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    const PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
        <link data-trunk rel=\"rust\" data-bin=\"x\">\n<link data-trunk rel=\"css\" href=\"styles/a.css\">\n\
        <link rel=\"icon\" href=\"data:,\">\n</head>\n<body>\n</body>\n</html>\n";

    fn pieces() -> Pieces<'static> {
        let wasm = b"\0asm\x01\0\0\0";
        let [given_up, glue, boot] = ["f = 0;", "let g;", "g();"];
        Pieces { page: PAGE, css: "a{}", given_up, glue, boot, wasm, source: "commit 0a" }
    }

    fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
        let at = text.find(from).unwrap() + from.len();
        &text[at..at + text[at..].find(to).unwrap()]
    }

    #[test]
    fn the_policy_names_the_very_texts_of_the_page_by_hash() {
        let page = bundle(&pieces()).unwrap();
        let script = between(&page, "<script>", "</script>");
        let style = between(&page, "<style>", "</style>");
        for text in [script, style] {
            let hash = BASE64.encode(Sha256::digest(text.as_bytes()));
            assert!(page.contains(&format!("'sha256-{hash}'")));
        }
        assert_eq!(script, "f = 0;\nlet g;\ng();");
    }

    #[test]
    fn the_policy_comes_first_and_allows_no_connection() {
        let page = bundle(&pieces()).unwrap();
        let head = page.split_once("<head>").unwrap().1.trim_start();
        assert!(head.starts_with("<meta http-equiv=\"Content-Security-Policy\""));
        let policy = between(&page, "content=\"", "\"");
        assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'none'"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }

    #[test]
    fn the_module_comes_back_whole() {
        let page = bundle(&pieces()).unwrap();
        let packed = BASE64.decode(between(&page, "id=\"azflow-wasm\">", "</script>")).unwrap();
        let mut wasm = Vec::new();
        GzDecoder::new(packed.as_slice()).read_to_end(&mut wasm).unwrap();
        assert_eq!(wasm, b"\0asm\x01\0\0\0");
    }

    #[test]
    fn the_page_carries_its_source() {
        let page = bundle(&pieces()).unwrap();
        let head = between(&page, "<head>", "</head>");
        assert!(head.contains("<meta name=\"azflow-source\" content=\"commit 0a\">"));
    }

    #[test]
    fn a_page_that_names_a_folder_of_the_builder_is_refused() {
        let places = ["/some/folder/azflow".to_owned()];
        let check = |pieces: Pieces<'_>| nameless(&pieces, &bundle(&pieces).unwrap(), &places);
        assert!(check(pieces()).is_ok());
        let wasm = b"\0asm\x01\0\0\0 \xff /some/folder/azflow/src/ui/app.rs";
        assert!(matches!(check(Pieces { wasm, ..pieces() }), Err(BundleError::Place(_))));
        let glue = "// /some/folder/azflow/target";
        assert!(matches!(check(Pieces { glue, ..pieces() }), Err(BundleError::Place(_))));
    }

    #[test]
    fn nothing_for_trunk_is_left() {
        assert!(!bundle(&pieces()).unwrap().contains("data-trunk"));
    }

    #[test]
    fn a_page_that_would_load_something_is_refused() {
        let page = PAGE.replace("data:,", "favicon.ico");
        assert!(matches!(bundle(&Pieces { page: &page, ..pieces() }), Err(BundleError::External(_))));
        let css = "a{background:url(https://example.com/a.png)}";
        assert!(matches!(bundle(&Pieces { css, ..pieces() }), Err(BundleError::External(_))));
        let css = "@import 'b.css';";
        assert!(matches!(bundle(&Pieces { css, ..pieces() }), Err(BundleError::External(_))));
    }

    #[test]
    fn a_module_that_could_send_is_refused() {
        for glue in ["__wbg_fetch_0a1b: function(a) {}", "const ret = new WebSocket(a);", "a.sendBeacon(b)"] {
            assert!(matches!(bundle(&Pieces { glue, ..pieces() }), Err(BundleError::Sender(_))), "{glue}");
        }
        let glue = "__wbg_shareFiles_0123456789abcdef: function(arg0) {";
        assert!(matches!(bundle(&Pieces { glue, ..pieces() }), Err(BundleError::Unlisted(_))));
        // The script's own way to load a module from an address, which the page does not use.
        assert!(bundle(&Pieces { glue: "module = fetch(module);", ..pieces() }).is_ok());
    }

    #[test]
    fn a_script_that_would_end_early_is_refused() {
        let boot = "const a = '</script>';";
        assert!(matches!(bundle(&Pieces { boot, ..pieces() }), Err(BundleError::Unsafe(..))));
    }

    #[test]
    fn line_ends_are_hashed_as_the_browser_reads_them() {
        let page = bundle(&Pieces { css: "a{}\r\nb{}", ..pieces() }).unwrap();
        assert!(!page.contains('\r'));
    }

    #[test]
    fn style_sheets_keep_the_order_of_the_page() {
        let page = "<link data-trunk rel=\"css\" href=\"styles/b.css\">\n\
            <link data-trunk rel=\"css\" href=\"styles/a.css\">\n<link rel=\"css\" href=\"c\">";
        assert_eq!(stylesheets(page), ["styles/b.css", "styles/a.css"]);
    }

    #[test]
    fn the_same_input_gives_the_same_page() {
        assert_eq!(bundle(&pieces()).unwrap(), bundle(&pieces()).unwrap());
    }
}
