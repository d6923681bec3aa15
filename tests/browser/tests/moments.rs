//! Workers that end, fall silent or are busy at random moments of a load and of the questions after it: nothing that was
//! finished is lost. The seed is printed; `AZFLOW_SEED` gives one, `AZFLOW_MOMENTS` another number of moments of a kind.
//!
//! The page under test is built with the feature `provoke-failures`, and its workers do as they are told.

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage, fixture, native_output, native_summary};
use serde_json::Value;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// So many moments for each worker and what happens to it: Firefox takes longer for each.
const BROWSERS: [(Browser, u64); 2] = [(Browser::Chromium, 3), (Browser::Firefox, 1)];
/// Longer than anything takes that ends.
const PATIENCE: Duration = Duration::from_secs(60);

/// What happens to a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// It ends without a word.
    Killed,
    /// It says nothing any more.
    Silent,
    /// It hears nothing for a while.
    Busy,
}

/// When it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum During {
    Load,
    Questions,
}

/// Knows the engine among the workers, and lets a second pass in a twelfth of one when asked to: a worker is taken for
/// dead when it was silent for half a minute.
const WATCH: &str = "
    const post = Worker.prototype.postMessage, every = window.setInterval, clock = performance.now.bind(performance);
    let engine = [...azflowBoot.workers][0];
    Worker.prototype.postMessage = function (message, transfer) {
        if (message?.role?.[0] === 1) engine = this;
        return post.call(this, message, transfer);
    };
    window.setInterval = (act, ms, ...more) => every(act, ms / 12, ...more);
    let [shift, since, struck, next] = [0, null, null, null];
    performance.now = () => clock() + shift + (since === null ? 0 : 11 * (clock() - since));
    window.azflowHurry = (on) => {
        if (since !== null) shift += 11 * (clock() - since);
        since = on ? clock() : null;
    };
    window.azflowStrike = (which, what, share, delay) => {
        const strike = () => {
            const others = [...azflowBoot.workers].filter((worker) => worker !== engine);
            const all = which === 'engine' ? [engine] : others;
            // A scan worker may not have been started yet.
            if (all.length === 0) return next = setTimeout(strike, 1);
            const worker = struck = all[Math.floor(share * all.length)];
            if (what === 'Killed') worker.terminate();
            else post.call(worker, `azflow-provoke:${what === 'Silent' ? 'silent' : 'busy-for-300'}`);
        };
        next = setTimeout(strike, delay);
    };
    // A scan worker that fell silent when it had nothing to do would be missed only by the next load.
    window.azflowOver = (silent) => {
        clearTimeout(next);
        const there = azflowBoot.workers.has(struck);
        if (silent && there) struck.terminate();
        return there;
    };
    window.azflowAgain = () => {
        const began = clock();
        document.querySelector('[data-testid=\"load-again\"]').click();
        const look = () => {
            const status = document.querySelector('[data-testid=\"load-status\"]')?.textContent ?? '';
            if (/^ready/i.test(status.trim())) window.azflowTook = clock() - began;
            else setTimeout(look, 2);
        };
        look();
    };";

/// Looks at every screen, and at everything as it was logged, one after the other.
const ASK: &str = "
    const ids = ['tab-flows', 'tab-review', 'tab-rules', 'tab-network', 'tab-findings', 'tab-data', 'tab-matrix',
        'mode-as-logged', 'mode-conversations'];
    ids.forEach((id, at) => setTimeout(() => document.querySelector(`[data-testid=\"${id}\"]`)?.click(), 40 * at));";
/// For so many milliseconds that asks, and is answered.
const ASKING_MS: u64 = 450;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
    number("AZFLOW_SEED").unwrap_or(now)
}

/// A page on which somebody has named a subnet, marked a service and opened a file of rules, and what it says when
/// nothing is in its way.
struct Session<'a> {
    page: Page<'a>,
    files: Vec<PathBuf>,
    /// Its document with all of that.
    undisturbed: String,
    /// How long a load takes.
    load_ms: u64,
}

impl<'a> Session<'a> {
    fn begin(stage: &'a Stage, files: &[PathBuf]) -> Outcome<Self> {
        let page = stage.open(Over::Provoked)?;
        page.session().run(WATCH, &[])?;
        let mut session = Self { page, files: files.to_vec(), undisturbed: String::new(), load_ms: 0 };
        session.load_and_say()?;
        session.undisturbed = session.page.summary()?;
        assert!(session.undisturbed.contains("by-hand"));
        session.lose_engine()?;
        session.page.session().run("window.azflowAgain()", &[])?;
        let took = session.page.wait("the load's time", "return window.azflowTook ?? null")?;
        session.load_ms = took.as_f64().unwrap_or_default() as u64;
        assert!(session.page.summary()? == session.undisturbed);
        Ok(session)
    }

    /// Loads all, and says what people say.
    fn load_and_say(&self) -> Outcome {
        let page = &self.page;
        page.load(&self.files)?;
        assert!(page.summary()? == native_summary(&self.files)?);
        page.name_subnet("10.1.0.0/24", "by-hand")?;
        page.click("tab-review")?;
        page.wait_for("review-row")?;
        page.focus("review-row")?;
        page.session().press("n")?;
        page.click("tab-rules")?;
        page.wait_for("rules-simulate")?;
        page.wait_until_still("rules-simulate")?;
        page.click("rules-simulate")?;
        page.wait_for("simulate-open")?;
        let input = page.session().find("[data-testid=\"simulate-open\"]")?;
        page.session().type_into(&input, &fixture("az_nsg_list.json").to_string_lossy())?;
        self.what_people_said_is_there()?;
        page.click("tab-matrix")
    }

    /// Ends the engine while it has nothing to do: what comes then is a load of everything.
    fn lose_engine(&self) -> Outcome {
        self.page.session().run("window.azflowStrike('engine', 'Killed', 0, 0)", &[])?;
        self.page.wait_for("load-again")
    }

    /// The mark, and the file of rules: what is simulated by it has totals.
    fn what_people_said_is_there(&self) -> Outcome {
        let page = &self.page;
        page.click("tab-rules")?;
        page.wait_for("simulation-totals")?;
        page.click("tab-review")?;
        let marked = "return /^1 of/.test(document.querySelector('[data-testid=\"review-progress\"]')?.textContent ?? '')";
        page.wait("one service is marked", marked).map(drop)
    }

    /// Has something happen to a worker at a random moment, and sees that nothing is lost.
    fn moment(&self, (which, how): (&str, How), random: &mut Random) -> Outcome<String> {
        let page = &self.page;
        let during = if which == "engine" && random.below(2) == 0 { During::Questions } else { During::Load };
        let within = if during == During::Load { self.load_ms } else { ASKING_MS };
        let (delay, share) = (random.below(within + 20), random.below(1000) as f64 / 1000.0);
        let strike = format!("window.azflowStrike('{which}', '{how:?}', {share}, {delay})");
        if during == During::Load {
            self.lose_engine()?;
            page.session().run(&format!("{strike}; window.azflowAgain()"), &[])?;
        } else {
            page.session().run(&format!("{strike}; {ASK}"), &[])?;
        }
        std::thread::sleep(Duration::from_millis(delay + 50));
        let hurry = |on: bool| page.session().run(&format!("window.azflowHurry({on})"), &[]);
        // The end of one that had hardly begun is noticed by its silence, too.
        hurry(how != How::Busy)?;
        let named = self.settle(which, how);
        hurry(false)?;
        let named = named?;
        let over = format!("return window.azflowOver({})", how == How::Silent);
        let met = how != How::Busy && page.session().run(&over, &[])? == true;
        // There once the engine has answered what there is.
        page.wait_for("tab-matrix")?;
        page.wait_until_still("tab-matrix")?;
        page.click("tab-matrix")?;
        let found = page.summary()?;
        if found != self.undisturbed {
            self.lacks_only(&found, &named)?;
            page.clear()?;
            self.load_and_say()?;
        }
        let lost = named.split_once("without ").map_or("nothing", |(_, name)| name);
        let idle = if met { ", when it had nothing to do" } else { "" };
        Ok(format!("{which} {how:?} {delay} ms into {during:?}{idle}: {lost} is lost"))
    }

    /// Waits until all is loaded, reading again what is offered and giving up what does not end; returns what was offered.
    fn settle(&self, which: &str, how: How) -> Outcome<String> {
        let page = &self.page;
        // An engine's end is always told, and one that is silent is missed when it is asked for something.
        let mut awaited = which == "engine" && how != How::Busy;
        let mut named = String::new();
        let began = Instant::now();
        let script = "const of = (id) => document.querySelector(`[data-testid=\"${id}\"]`);
            const words = (id) => of(id)?.textContent ?? '';
            return [words('load-status'), words('load-again'), of('give-up') ? words('busy') : ''];";
        let mut asked = false;
        while began.elapsed() < PATIENCE {
            let said = page.session().run(script, &[])?;
            let [status, again, busy] =
                [0, 1, 2].map(|at| said[at].as_str().unwrap_or_default().trim().replace('\u{a0}', " "));
            let ready = status.to_lowercase().starts_with("ready");
            if !again.is_empty() {
                named.push_str(&again);
                page.click("load-again")?;
                awaited = false;
            } else if !busy.is_empty() && awaited {
                let press = "document.querySelector('[data-testid=\"give-up\"]')?.click()";
                page.session().run(press, &[])?;
                named.push_str(&busy);
                awaited = false;
            } else if ready && !awaited {
                return Ok(named);
            } else if ready && how == How::Silent && !asked {
                // Its answer is never known already.
                let press = "const button = document.querySelector('[data-testid=\"save-summary\"]'); button?.click(); return !!button";
                asked = page.session().run(press, &[])? == true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("{which} {how:?}: not ready: {}", page.status()?).into())
    }

    /// What is not there is the one source that the page named, which was not finished.
    fn lacks_only(&self, found: &str, named: &str) -> Outcome {
        let sources = |text: &str| -> Outcome<Vec<Value>> {
            let summary: Value = serde_json::from_str(text)?;
            Ok(summary["sources"].as_array().cloned().unwrap_or_default())
        };
        let (found, all) = (sources(found)?, sources(&self.undisturbed)?);
        let failed = |source: &&Value| source["issues"].to_string().contains("read-failed");
        let lost: Vec<&Value> = found.iter().filter(failed).collect();
        let [lost] = lost.as_slice() else { return Err(format!("{named}: {lost:?} are lost").into()) };
        let name = lost["name"].as_str().unwrap_or_default();
        assert!(named.contains(name), "{name} is lost, and the page said: {named}");
        // What a log leaves out is told by all logs of its NICs together.
        let counted = |source: &Value| {
            let mut source = source.clone();
            source["issues"].take();
            source
        };
        let there: Vec<Value> = found.iter().map(counted).collect();
        for source in all.iter().filter(|source| source["name"] != lost["name"]).map(counted) {
            assert!(there.contains(&source), "{named}: {source} is not as it was");
        }
        assert_eq!(found.len(), all.len(), "{named}");
        Ok(())
    }
}

#[test]
fn whatever_happens_to_a_worker_and_whenever_nothing_that_was_finished_is_lost() -> Outcome {
    let seed = seed();
    println!("AZFLOW_SEED={seed}");
    let mut random = Random(seed);
    let folder = tempfile::tempdir()?;
    let mut files: Vec<PathBuf> = ["nsg_v1.json", "nsg_v2.json", "appliance.json"].map(fixture).to_vec();
    for kind in ["vnet", "ends"] {
        let path = folder.path().join(format!("{kind}.json"));
        native_output(&[
            "generate",
            "--kind",
            kind,
            "--bytes",
            "10000000",
            "--out",
            &path.to_string_lossy(),
        ])?;
        files.push(path);
    }
    for (browser, moments) in BROWSERS {
        let Some(stage) = Stage::set(browser)? else { continue };
        let session = Session::begin(&stage, &files)?;
        println!("{browser:?}: a load takes {} ms", session.load_ms);
        for _ in 0..number("AZFLOW_MOMENTS").unwrap_or(moments) {
            for which in ["scan worker", "engine"] {
                for how in [How::Killed, How::Silent, How::Busy] {
                    let began = Instant::now();
                    let told = session.moment((which, how), &mut random)?;
                    println!("{browser:?}, {} ms: {told}", began.elapsed().as_millis());
                }
            }
        }
        session.what_people_said_is_there()?;
    }
    Ok(())
}
