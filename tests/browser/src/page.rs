//! azflow's page as a user has it: files in, words and numbers out.

use crate::{Browser, Outcome, Session, Stage, page_file, provoked_page_file, target_dir};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Loading a sample or drawing a screen takes far less; a slow machine may need this.
const PATIENCE: Duration = Duration::from_secs(60);

/// The page answers a press at once.
const LOST: Duration = Duration::from_secs(5);

/// How the page is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// From disk, by double click.
    File,
    /// From a server.
    Http,
    /// From disk, the page that fails on demand.
    Provoked,
}

/// Notes every refusal by the page's policy.
const WATCH_POLICY: &str = "
    if (!window.azflowViolations) {
        window.azflowViolations = [];
        document.addEventListener('securitypolicyviolation', (event) =>
            window.azflowViolations.push(event.violatedDirective + ' ' + event.blockedURI));
    }";

/// Keeps what the page saves where a test can read it, instead of in a file.
const CATCH_SAVES: &str = "
    if (!window.azflowSaved) {
        window.azflowSaved = [];
        window.azflowSave = (blob, name) => blob.text().then((text) => window.azflowSaved.push([name, text]));
    }";

/// The open page.
#[derive(Debug)]
pub struct Page<'a> {
    stage: &'a Stage,
}

impl<'a> Page<'a> {
    pub(crate) fn open(stage: &'a Stage, over: Over) -> Outcome<Self> {
        let session = stage.session();
        if stage.browser() == Browser::Chromium {
            // From before the page's first line; elsewhere from just after its start.
            session.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": WATCH_POLICY }))?;
        }
        session.go(&match over {
            Over::File => format!("file://{}", page_file()?.display()),
            Over::Provoked => format!("file://{}", provoked_page_file()?.display()),
            Over::Http => stage.server().url(),
        })?;
        let page = Self { stage };
        page.wait("the page runs", "return !!document.querySelector('[data-testid=\"file-input\"]')")?;
        session.run(WATCH_POLICY, &[])?;
        Ok(page)
    }

    /// The window.
    pub fn session(&self) -> &Session {
        self.stage.session()
    }

    /// Waits until a script returns something true, and returns it.
    pub fn wait(&self, what: &str, script: &str) -> Outcome<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let value = self.session().run(script, &[])?;
            if value.as_bool().unwrap_or(!value.is_null()) {
                return Ok(value);
            }
            if Instant::now() > deadline {
                return Err(format!("waited in vain until {what}; the page says: {}", self.status()?).into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Does what makes the page start again, and waits until it has. A script that runs while the old page goes is
    /// refused, by each driver in words of its own: that is no failure but the restart itself, as long as it ends.
    pub fn restart(&self, how: impl FnOnce(&Self) -> Outcome) -> Outcome {
        self.session().run("window.azflowBefore = true", &[])?;
        how(self)?;
        let again = "return !window.azflowBefore && document.getElementById('failure')?.hidden === true
             && !!document.querySelector('#app [data-testid=\"file-input\"]')";
        let deadline = Instant::now() + PATIENCE;
        loop {
            let said = self.session().run(again, &[]);
            if matches!(said, Ok(Value::Bool(true))) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("waited in vain until the page starts again: {said:?}").into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The words of `load-status`, or what hinders the page from starting.
    pub fn status(&self) -> Outcome<String> {
        let text = self.session().run(
            "const of = (id) => document.querySelector(`[data-testid=\"${id}\"]`)?.textContent ?? '';
             return of('load-status') || of('boot-message');",
            &[],
        )?;
        Ok(text.as_str().unwrap_or_default().trim().to_lowercase())
    }

    /// Waits until `load-status` begins with this word.
    pub fn wait_for_status(&self, word: &str) -> Outcome {
        let script = format!(
            "return (document.querySelector('[data-testid=\"load-status\"]')?.textContent ?? '')
                 .trim().toLowerCase().startsWith({word:?})"
        );
        self.wait(&format!("load-status begins with {word}"), &script).map(drop)
    }

    /// Waits until an element has kept its place for a tenth of a second. A driver looks up where an
    /// element is and then presses there; while answers still arrive, the header may move in between, and
    /// the press would meet something else.
    pub fn wait_until_still(&self, id: &str) -> Outcome {
        let script = format!(
            "const box = document.querySelector('[data-testid=\"{id}\"]')?.getBoundingClientRect();
             const place = box ? [box.x, box.y, box.width, box.height].join() : '';
             const last = window.azflowPlace;
             if (!last || last.place !== place) window.azflowPlace = {{ place, since: performance.now() }};
             return place !== '' && performance.now() - window.azflowPlace.since > 100"
        );
        self.wait(&format!("{id} stands still"), &script).map(drop)
    }

    /// An element's words; none where it isn't there.
    pub fn text(&self, id: &str) -> Outcome<String> {
        let script = format!("return document.querySelector('[data-testid=\"{id}\"]')?.textContent ?? ''");
        Ok(self.session().run(&script, &[])?.as_str().unwrap_or_default().to_owned())
    }

    /// Gives a subnet a name on the Network screen, where no network is described.
    pub fn name_subnet(&self, prefix: &str, name: &str) -> Outcome {
        self.click("tab-network")?;
        self.wait_for("network-empty")?;
        for (id, words) in [("name-prefix", prefix), ("name-subnet", name)] {
            let field = self.session().find(&format!("[data-testid=\"{id}\"]"))?;
            self.session().type_into(&field, words)?;
        }
        self.click("name-give")?;
        self.wait_for("network-drawing")
    }

    /// Waits until an element is there.
    pub fn wait_for(&self, id: &str) -> Outcome {
        let script = format!("return document.querySelector('[data-testid=\"{id}\"]') !== null");
        self.wait(&format!("{id} is there"), &script).map(drop)
    }

    /// Puts the focus where Tab would.
    pub fn focus(&self, id: &str) -> Outcome {
        let script = format!(
            "const e = document.querySelector('[data-testid=\"{id}\"]'); e.focus(); return document.activeElement === e"
        );
        let has_it = self.session().run(&script, &[])? == true;
        if has_it { Ok(()) } else { Err(format!("{id} takes no focus").into()) }
    }

    /// Follows a control by keyboard.
    pub fn enter(&self, id: &str) -> Outcome {
        self.wait_for(id)?;
        self.focus(id)?;
        self.session().press("\u{E007}")
    }

    /// Clicks the element of this test id.
    pub fn click(&self, id: &str) -> Outcome {
        self.session().click(&self.session().find(&format!("[data-testid=\"{id}\"]"))?)
    }

    /// The same for one that is out of sight: what is scrolled into view is laid out only then, and moves what is below.
    pub fn click_below(&self, id: &str) -> Outcome {
        let script =
            format!("document.querySelector('[data-testid=\"{id}\"]').scrollIntoView({{ block: 'center' }})");
        self.session().run(&script, &[])?;
        self.wait_until_still(id)?;
        self.click(id)
    }

    /// Chooses files, and waits until they are loaded.
    pub fn load(&self, files: &[PathBuf]) -> Outcome {
        self.choose(files)?;
        self.wait_for_status("ready")
    }

    /// Chooses files.
    pub fn choose(&self, files: &[PathBuf]) -> Outcome {
        let input = self.session().find("[data-testid=\"file-input\"]")?;
        let names: Vec<String> = files.iter().map(|f| f.to_string_lossy().into_owned()).collect();
        self.session().type_into(&input, &names.join("\n"))
    }

    /// Drops files from outside the browser onto the middle of the page (Chromium only).
    pub fn drop_files(&self, files: &[PathBuf]) -> Outcome {
        let names: Vec<String> = files.iter().map(|f| f.to_string_lossy().into_owned()).collect();
        let data = json!({ "items": [], "files": names, "dragOperationsMask": 1 });
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({ "type": kind, "x": 400, "y": 300, "data": data });
            self.session().cdp("Input.dispatchDragEvent", &event)?;
        }
        Ok(())
    }

    /// From now on, what the page saves is in `window.azflowSaved`: pairs of name and text.
    pub fn catch_saves(&self) -> Outcome {
        self.session().run(CATCH_SAVES, &[])?;
        self.session().run("window.azflowSaved.length = 0", &[]).map(drop)
    }

    /// The summary document that the page saves now.
    pub fn summary(&self) -> Outcome<String> {
        self.session().run(CATCH_SAVES, &[])?;
        self.wait_until_still("save-summary")?;
        self.session().run("window.azflowSaved.length = 0", &[])?;
        self.click("save-summary")?;
        // A press that the page received leaves the button disabled until the document is there. One that
        // WebKitGTK's driver lost leaves it as it was: then it is pressed again, as anyone would.
        let saved = "return window.azflowSaved[0] ?? null";
        let lost = "return document.querySelector('[data-testid=\"save-summary\"]').disabled === false";
        let pressed = Instant::now();
        while self.session().run(saved, &[])?.is_null() && self.session().run(lost, &[])? == true {
            if pressed.elapsed() > LOST {
                println!("{:?}: a press of save-summary was lost", self.stage.browser());
                self.click("save-summary")?;
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let saved = self.wait("a summary is saved", saved)?;
        Ok(saved[1].as_str().ok_or("what was saved is no text")?.to_owned())
    }

    /// Forgets what is loaded.
    pub fn clear(&self) -> Outcome {
        self.click("clear")?;
        self.wait_for_status("idle")
    }

    /// Whether all of the page is within its window, from side to side.
    pub fn is_no_wider_than_its_window(&self) -> Outcome<bool> {
        let inside = "return document.documentElement.scrollWidth <= window.innerWidth";
        Ok(self.session().run(inside, &[])? == true)
    }

    /// What the page's policy refused so far.
    pub fn violations(&self) -> Outcome<Vec<String>> {
        let list = self.session().run("return window.azflowViolations", &[])?;
        Ok(list.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect())
    }

    /// Everything that axe-core finds wrong on the page as it is, a line each: rule, what it says, where.
    pub fn axe(&self, script: &str) -> Outcome<Vec<String>> {
        self.session().run(&format!("if (!window.axe) {{ {script} }}; window.azflowAxe = null;
             axe.run({{ resultTypes: ['violations'] }}).then((found) => window.azflowAxe = found.violations.flatMap((v) =>
                 v.nodes.map((n) => `${{v.id}}: ${{v.help}}: ${{n.target.join(' ')}}: ${{n.failureSummary.replaceAll('\\n', ' ')}}`)),
                 (failed) => window.azflowAxe = ['axe-core failed: ' + failed]);"), &[])?;
        let found = self.wait("axe-core is done", "return window.azflowAxe")?;
        Ok(found.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect())
    }

    /// Writes a picture to `target/screenshots/`.
    pub fn screenshot(&self, name: &str) -> Outcome<PathBuf> {
        let path = target_dir().join("screenshots").join(Path::new(name).with_extension("png"));
        self.session().screenshot(&path)?;
        Ok(path)
    }

    /// Shows the page in the system's dark or light theme (Chromium only).
    pub fn theme(&self, theme: &str) -> Outcome {
        let feature = json!({ "name": "prefers-color-scheme", "value": theme });
        self.session().cdp("Emulation.setEmulatedMedia", &json!({ "features": [feature] })).map(drop)
    }
}
