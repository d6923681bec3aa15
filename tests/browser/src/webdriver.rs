//! A small WebDriver client: the commands these tests use, in order, without threads.
//!
//! Commands and their JSON are W3C WebDriver's (<https://www.w3.org/TR/webdriver2/>), with
//! Chromium's own two: `goog/cdp/execute` and `se/log`.

use crate::Outcome;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// The property under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Summaries and screenshots are the largest answers.
const LARGEST_ANSWER: u64 = 256 << 20;

/// One browser window under control; it closes when this is dropped.
#[derive(Debug)]
pub struct Session {
    agent: ureq::Agent,
    base: String,
}

/// An element of the page.
#[derive(Debug, Clone)]
pub struct Element(String);

impl Session {
    /// Starts a browser through the driver at this port.
    pub fn start(port: u16, capabilities: &Value) -> Outcome<Self> {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(300)))
            .http_status_as_error(false)
            .proxy(None);
        let mut session =
            Self { agent: config.build().into(), base: format!("http://127.0.0.1:{port}/session") };
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let deadline = Instant::now() + Duration::from_secs(20);
        let started = loop {
            match session.post("", &body) {
                Ok(started) => break started,
                // The driver may not listen yet.
                Err(e) if e.is::<ureq::Error>() && Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(e) => return Err(e),
            }
        };
        let id = started["sessionId"].as_str().ok_or("the driver started no session")?;
        session.base = format!("{}/{id}", session.base);
        Ok(session)
    }

    /// Sends a command with a body.
    pub fn post(&self, path: &str, body: &Value) -> Outcome<Value> {
        let url = format!("{}{path}", self.base);
        let request = self.agent.post(&url).header("content-type", "application/json; charset=utf-8");
        Self::read(request.send(body.to_string())?)
    }

    fn get(&self, path: &str) -> Outcome<Value> {
        Self::read(self.agent.get(format!("{}{path}", self.base)).call()?)
    }

    fn read(mut response: ureq::http::Response<ureq::Body>) -> Outcome<Value> {
        let text = response.body_mut().with_config().limit(LARGEST_ANSWER).read_to_string()?;
        let mut answer: Value = serde_json::from_str(&text)?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default()).into()),
            None => Ok(value),
        }
    }

    /// Goes to an address.
    pub fn go(&self, url: &str) -> Outcome {
        self.post("/url", &json!({ "url": url })).map(drop)
    }

    /// Runs the body of a function in the page and returns what it returns; promises are awaited.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Outcome<Value> {
        self.post("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// The one element that a style selector names.
    pub fn find(&self, selector: &str) -> Outcome<Element> {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }))?;
        Ok(Element(found[ELEMENT].as_str().ok_or("no element")?.to_owned()))
    }

    /// Clicks as a person would: what hides the element fails this.
    pub fn click(&self, element: &Element) -> Outcome {
        self.post(&format!("/element/{}/click", element.0), &json!({})).map(drop)
    }

    /// Types into an element, or names files to a file input.
    pub fn type_into(&self, element: &Element, text: &str) -> Outcome {
        self.post(&format!("/element/{}/value", element.0), &json!({ "text": text })).map(drop)
    }

    /// Presses and releases keys, one after the other, wherever the focus is.
    pub fn press(&self, keys: &str) -> Outcome {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
            })
            .collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.actions(&json!([keyboard]))
    }

    /// Performs WebDriver actions: keys that are held, a mouse that drags.
    pub fn actions(&self, actions: &Value) -> Outcome {
        self.post("/actions", &json!({ "actions": actions })).map(drop)
    }

    /// The window's outer size.
    pub fn resize(&self, width: u32, height: u32) -> Outcome {
        self.post("/window/rect", &json!({ "width": width, "height": height })).map(drop)
    }

    /// Writes a PNG of what is in view.
    pub fn screenshot(&self, path: &Path) -> Outcome {
        let coded = self.get("/screenshot")?;
        let png = BASE64.decode(coded.as_str().ok_or("no picture")?)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(path, png)?)
    }

    /// A command of Chromium's own protocol.
    pub fn cdp(&self, command: &str, parameters: &Value) -> Outcome<Value> {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Chromium's performance log since the last call: the inner messages.
    pub fn performance_log(&self) -> Outcome<Vec<Value>> {
        let log = self.post("/se/log", &json!({ "type": "performance" }))?;
        let text = |entry: &Value| entry["message"].as_str().map(str::to_owned);
        let messages: Vec<String> = log.as_array().into_iter().flatten().filter_map(text).collect();
        messages.iter().map(|m| Ok(serde_json::from_str::<Value>(m)?["message"].take())).collect()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A browser that is gone needs no closing.
        let _ = self.agent.delete(&self.base).call();
    }
}
