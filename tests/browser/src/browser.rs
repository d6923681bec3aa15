//! The browsers: how each is found, started clean, and kept from talking on its own account.

use crate::{Outcome, Over, Page, PageServer, Session, Tripwire, page_file};
use azflow_skips::{Need, skip};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A browser that the page is tested in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// Chromium through chromedriver.
    Chromium,
    /// Firefox through geckodriver.
    Firefox,
    /// WebKitGTK's MiniBrowser on a display of its own: the nearest thing to Safari on Linux.
    WebKit,
}

/// A program that ends with its handle.
#[derive(Debug)]
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A started browser with a profile of its own, behind a tripwire. Fields drop in this order:
/// the window closes before its driver, and the profile goes last.
#[derive(Debug)]
pub struct Stage {
    browser: Browser,
    session: Session,
    tripwire: Tripwire,
    server: PageServer,
    _driver: Running,
    _display: Option<Running>,
    home: TempDir,
}

impl Browser {
    /// Programs without which it cannot run here, with what installs them.
    fn missing(self) -> Option<String> {
        let (programs, packages): (&[&str], &str) = match self {
            Self::Chromium => (&["chromium", "chromedriver"], "chromium chromium-driver"),
            Self::Firefox => (&["firefox-esr", "geckodriver"], "firefox-esr (geckodriver: cargo xtask test)"),
            Self::WebKit => (&["WebKitWebDriver", "Xvfb"], "webkit2gtk-driver xvfb"),
        };
        let lacking: Vec<&str> = programs.iter().copied().filter(|p| find(p).is_none()).collect();
        (!lacking.is_empty()).then(|| {
            format!(
                "{self:?} is not tested: no {}; install with apt-get install {packages}",
                lacking.join(", ")
            )
        })
    }

    fn capabilities(self, home: &Path, tripwire: &Tripwire) -> Outcome<Value> {
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let proxy = tripwire.address();
        let downloads = text(home.join("saved"));
        std::fs::create_dir_all(&downloads)?;
        let options = match self {
            Self::Chromium => {
                let profile = format!("--user-data-dir={}", text(home.join("profile")));
                json!({
                    "goog:loggingPrefs": { "performance": "ALL" },
                    "goog:chromeOptions": {
                        "binary": text(find("chromium").unwrap_or_default()),
                        "args": [
                            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                            "--disable-background-networking", "--disable-component-update", "--disable-sync",
                            "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
                            "--force-color-profile=srgb", "--window-size=1280,800", "--enable-precise-memory-info",
                            profile,
                        ],
                        "prefs": {
                            "download.default_directory": downloads,
                            "download.prompt_for_download": false,
                            "safebrowsing.enabled": false,
                            "search.suggest_enabled": false,
                        },
                    },
                })
            }
            Self::Firefox => json!({
                "moz:firefoxOptions": {
                    "binary": text(find("firefox-esr").unwrap_or_default()),
                    "args": ["-headless", "--width=1280", "--height=800"],
                    "prefs": quiet_firefox(&downloads),
                },
            }),
            Self::WebKit => json!({
                "webkitgtk:browserOptions": {
                    "binary": text(mini_browser().unwrap_or_default()),
                    "args": ["--automation"],
                },
            }),
        };
        let mut all = options;
        // What is sent to this very machine need not be stopped: a test that listens there wants to hear it.
        all["proxy"] =
            json!({ "proxyType": "manual", "httpProxy": proxy, "sslProxy": proxy, "noProxy": ["127.0.0.1"] });
        Ok(all)
    }

    fn driver(self, port: u16, home: &Path, display: Option<&str>) -> Outcome<Running> {
        let (program, arguments) = match self {
            Self::Chromium => ("chromedriver", vec![format!("--port={port}")]),
            Self::Firefox => (
                "geckodriver",
                vec![
                    format!("--port={port}"),
                    format!("--websocket-port={}", free_port()?),
                    "--log=fatal".to_owned(),
                ],
            ),
            Self::WebKit => ("WebKitWebDriver", vec![format!("--port={port}")]),
        };
        let mut command = Command::new(find(program).ok_or(program)?);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        // Whatever a browser keeps outside its profile is kept here, and goes with it.
        command.env("HOME", home).env("XDG_DOWNLOAD_DIR", home.join("saved"));
        for cache in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
            command.env(cache, home.join(cache));
        }
        if let Some(display) = display {
            command.env("DISPLAY", display);
        }
        Ok(Running(command.spawn()?))
    }
}

/// Firefox asks its makers about many things at its start, unless told otherwise.
fn quiet_firefox(downloads: &str) -> Value {
    json!({
        "app.normandy.enabled": false,
        "app.update.auto": false,
        "app.update.disabledForTesting": true,
        "browser.aboutHomeSnippets.updateUrl": "",
        "browser.cache.disk.smart_size.enabled": false,
        "browser.contentblocking.report.lockwise.enabled": false,
        "browser.discovery.enabled": false,
        "browser.download.dir": downloads,
        "browser.download.folderList": 2,
        "browser.download.useDownloadDir": true,
        "browser.helperApps.neverAsk.saveToDisk": "application/json,text/csv,text/plain,application/octet-stream",
        "browser.newtabpage.activity-stream.feeds.system.topstories": false,
        "browser.newtabpage.activity-stream.feeds.asrouterfeed": false,
        "browser.newtabpage.enabled": false,
        "browser.ping-centre.telemetry": false,
        "browser.region.network.url": "",
        "browser.region.update.enabled": false,
        "browser.safebrowsing.downloads.enabled": false,
        "browser.safebrowsing.malware.enabled": false,
        "browser.safebrowsing.phishing.enabled": false,
        "browser.safebrowsing.provider.google4.updateURL": "",
        "browser.safebrowsing.provider.mozilla.updateURL": "",
        "browser.search.geoip.url": "",
        "browser.search.update": false,
        "browser.startup.homepage": "about:blank",
        "browser.startup.page": 0,
        "browser.topsites.contile.enabled": false,
        "captivedetect.canonicalURL": "",
        "datareporting.healthreport.uploadEnabled": false,
        "datareporting.policy.dataSubmissionEnabled": false,
        "dom.push.connection.enabled": false,
        "extensions.blocklist.enabled": false,
        "extensions.getAddons.cache.enabled": false,
        "extensions.systemAddon.update.enabled": false,
        "extensions.update.enabled": false,
        "geo.provider.network.url": "",
        "media.gmp-manager.updateEnabled": false,
        "media.gmp-manager.url": "",
        // What is sent to a peer on this very machine is to be seen as what is sent to any other.
        "media.peerconnection.ice.loopback": true,
        "messaging-system.rsexperimentloader.enabled": false,
        "network.captive-portal-service.enabled": false,
        "network.connectivity-service.enabled": false,
        "network.prefetch-next": false,
        "network.trr.mode": 5,
        "nimbus.rollouts.enabled": false,
        "security.remote_settings.crlite_filters.enabled": false,
        "security.remote_settings.intermediates.enabled": false,
        "services.settings.server": "data:,",
        "toolkit.telemetry.enabled": false,
        "toolkit.telemetry.server": "",
        "toolkit.telemetry.unified": false,
    })
}

fn find(program: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths).map(|dir| dir.join(program)).find(|p| p.is_file())
}

/// Distributions keep it out of `PATH`.
fn mini_browser() -> Option<PathBuf> {
    let libraries = [Path::new("/usr/lib"), Path::new("/usr/libexec")];
    let arch = Path::new("/usr/lib").read_dir().ok()?.flatten().map(|e| e.path());
    let mut homes: Vec<PathBuf> = libraries.iter().map(|p| p.to_path_buf()).chain(arch).collect();
    homes.sort();
    homes
        .iter()
        .flat_map(|home| {
            ["webkit2gtk-4.1", "webkitgtk-6.0", "webkit2gtk-4.0"]
                .map(|kit| home.join(kit).join("MiniBrowser"))
        })
        .find(|p| p.is_file())
}

fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A display without a screen; it chooses its own number and tells it.
fn display() -> Outcome<(Running, String)> {
    let mut child = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1920x1200x24", "-nolisten", "tcp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let stdout = child.stdout.take().ok_or("Xvfb has no output")?;
    let running = Running(child);
    let mut number = String::new();
    BufReader::new(stdout).read_line(&mut number)?;
    Ok((running, format!(":{}", number.trim())))
}

/// The number of the Chromium that is installed, where it tells one.
pub fn chromium_version() -> Option<u32> {
    let told = Command::new(find("chromium")?).arg("--version").output().ok()?;
    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    words.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok())
}

impl Stage {
    /// Starts the browser. `None`, with a note that says why, where it is not installed.
    #[track_caller]
    pub fn set(browser: Browser) -> Outcome<Option<Self>> {
        if let Some(missing) = browser.missing() {
            skip(Need::Required, &missing);
            return Ok(None);
        }
        let home = tempfile::Builder::new().prefix("azflow-browser").tempdir()?;
        let tripwire = Tripwire::start()?;
        let server = PageServer::start(page_file()?)?;
        let display = if browser == Browser::WebKit { Some(display()?) } else { None };
        let port = free_port()?;
        let driver = browser.driver(port, home.path(), display.as_ref().map(|(_, name)| name.as_str()))?;
        let session = Session::start(port, &browser.capabilities(home.path(), &tripwire)?)?;
        let display = display.map(|(running, _)| running);
        Ok(Some(Self { browser, session, tripwire, server, _driver: driver, _display: display, home }))
    }

    /// Opens the page and waits until it runs.
    pub fn open(&self, over: Over) -> Outcome<Page<'_>> {
        Page::open(self, over)
    }

    /// Which browser this is.
    pub fn browser(&self) -> Browser {
        self.browser
    }

    /// The window.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What the browser is behind.
    pub fn tripwire(&self) -> &Tripwire {
        &self.tripwire
    }

    /// The page's own server.
    pub fn server(&self) -> &PageServer {
        &self.server
    }

    /// Where the browser saves files.
    pub fn saved(&self) -> PathBuf {
        self.home.path().join("saved")
    }
}
