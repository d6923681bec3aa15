//! A hostile script in the page, and a listener at the end of each way out that it tries.
//!
//! Every way has a port of its own, for TCP and for UDP, so that what arrives needs no reading to be told apart.

use crate::Outcome;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What the script writes wherever it can write something.
const WORD: &[u8] = b"secret";
/// Ports that are listened at; the script has fewer ways.
const PORTS: usize = 128;
const SCRIPT: &str = include_str!("ways.js");

/// By port: whether the script's word arrived there, or a connection without it.
type Arrived = Arc<Mutex<BTreeMap<usize, bool>>>;

/// The listeners.
#[derive(Debug)]
pub struct Ways {
    ports: Vec<u16>,
    arrived: Arrived,
}

impl Ways {
    /// Begins to listen.
    pub fn listen() -> Outcome<Self> {
        let arrived = Arrived::default();
        let mut ports = Vec::new();
        while ports.len() < PORTS {
            let tcp = TcpListener::bind("127.0.0.1:0")?;
            let port = tcp.local_addr()?.port();
            // The same port of the other protocol may be someone else's: then another one is taken.
            let Ok(udp) = UdpSocket::bind(("127.0.0.1", port)) else { continue };
            let place = ports.len();
            ports.push(port);
            let note = Arc::clone(&arrived);
            thread::spawn(move || {
                for stream in tcp.incoming().flatten() {
                    arrive(&note, place, b"");
                    let note = Arc::clone(&note);
                    thread::spawn(move || answer(stream, &note, place));
                }
            });
            let note = Arc::clone(&arrived);
            thread::spawn(move || {
                let mut packet = [0; 2048];
                while let Ok((length, _)) = udp.recv_from(&mut packet) {
                    arrive(&note, place, &packet[..length]);
                }
            });
        }
        Ok(Self { ports, arrived })
    }

    /// The script, which knows where the listeners are. It waits for the event `azflow-way`, and tries the way that the
    /// attribute `data-way` of the document names; in a worker it tries all at once.
    pub fn script(&self) -> String {
        SCRIPT.replace("\"AZFLOW_PORTS\"", &format!("{:?}", self.ports))
    }

    /// The ways on which something arrived: by its name where just a connection did, with `: words` where the script
    /// could say something by it. The names are those of the attribute `data-ways`, in its order.
    pub fn arrived(&self, names: &[String]) -> BTreeSet<String> {
        let arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let name = |(&place, &words): (&usize, &bool)| {
            let name = names.get(place).map_or("a way without a name", String::as_str);
            if words { format!("{name}: words") } else { name.to_owned() }
        };
        arrived.iter().map(name).collect()
    }
}

fn arrive(note: &Arrived, place: usize, bytes: &[u8]) {
    let words = bytes.windows(WORD.len()).any(|part| part == WORD);
    *note.lock().unwrap_or_else(PoisonError::into_inner).entry(place).or_default() |= words;
}

/// Says that there is nothing to show, so that a browser that would leave the page stays.
fn answer(mut stream: TcpStream, note: &Arrived, place: usize) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut request = [0; 4096];
    let length = match stream.read(&mut request) {
        // A connection that says nothing is kept open, as a server would.
        Err(e) if e.kind() == ErrorKind::WouldBlock => 0,
        read => read?,
    };
    arrive(note, place, &request[..length]);
    stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
}

/// The page with a script at the end of its own, which its policy lets run.
pub fn armed(page: &str, script: &str) -> Outcome<String> {
    let (before, rest) = page.rsplit_once("<script>").ok_or("the page has no script")?;
    let (own, after) = rest.split_once("</script>").ok_or("the page's script has no end")?;
    let hash = |text: &str| format!("'sha256-{}'", BASE64.encode(Sha256::digest(text)));
    let all = format!("{own}{script}");
    if !before.contains(&hash(own)) {
        return Err("the page's policy does not name its script".into());
    }
    Ok(format!("{}<script>{all}</script>{after}", before.replacen(&hash(own), &hash(&all), 1)))
}

/// A page that has nothing but the script, in its window and in a worker: no policy, and nothing is given up.
pub fn defenceless(script: &str) -> String {
    format!(
        "<!doctype html><head><meta charset=\"utf-8\"><meta name=\"description\" content=\"\">\
         <link rel=\"icon\" href=\"data:,\"></head><body><script>{script}</script><script>\
         new Worker(URL.createObjectURL(new Blob([document.scripts[0].textContent])));</script></body>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_is_noted_by_its_port_with_or_without_words() -> Outcome {
        let ways = Ways::listen()?;
        let names: Vec<String> = ["mute", "tcp", "udp", "none"].map(str::to_owned).into();
        let _mute = TcpStream::connect(("127.0.0.1", ways.ports[0]))?;
        let mut tcp = TcpStream::connect(("127.0.0.1", ways.ports[1]))?;
        tcp.write_all(b"GET /secret HTTP/1.1\r\n\r\n")?;
        let mut answer = String::new();
        tcp.read_to_string(&mut answer)?;
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
        let udp = UdpSocket::bind("127.0.0.1:0")?;
        udp.send_to(b"a secret", ("127.0.0.1", ways.ports[2]))?;
        let expected = ["mute", "tcp: words", "udp: words"].map(str::to_owned).into();
        for _ in 0..500 {
            if ways.arrived(&names) == expected {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Err(format!("{:?}", ways.arrived(&names)).into())
    }

    #[test]
    fn an_armed_page_lets_its_script_run_and_no_other() -> Outcome {
        let hash = |text: &str| format!("'sha256-{}'", BASE64.encode(Sha256::digest(text)));
        let page =
            format!("<head>script-src {}</head><script id=\"a\">b</script><script>own</script>", hash("own"));
        let armed = armed(&page, "+more")?;
        assert!(armed.contains("<script>own+more</script>") && armed.contains("<script id=\"a\">b</script>"));
        assert!(armed.contains(&hash("own+more")) && !armed.contains(&hash("own")));
        assert!(super::armed("<head></head><script>own</script>", "").is_err());
        Ok(())
    }
}
