//! A Chromium for the tests, its driver, and a font that can write Chinese; a Firefox as another engine.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::apt;
use crate::failure::{Failure, Result};
use crate::fresh;
use crate::layout::Layout;
use crate::step::{ask, note};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Debian's packages, in case nothing is there.
const DEBIAN: [&str; 2] = ["chromium", "chromium-driver"];
const DEBIAN_FIREFOX: [&str; 1] = ["firefox-esr"];
const DEBIAN_FONTS: [&str; 2] = ["fontconfig", "fonts-noto-cjk"];

/// Headless, and silent: without these flags Chromium talks to its maker's hosts at every start.
const ARGUMENTS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Two lanes' workers on a small machine must not be slowed for being in the background.
    "--disable-renderer-backgrounding",
];

/// The first Firefox with the commands that Playwright gives at the start (`network.addDataCollector`).
const OLDEST_FIREFOX: u32 = 143;

/// Firefox, by the names it goes by.
const FIREFOX: [&str; 2] = ["firefox-esr", "firefox"];

/// A browser that answered when it was asked for its version.
#[derive(Debug, Clone)]
pub struct Browser {
    pub chromium: PathBuf,
    driver: Option<PathBuf>,
}

impl Browser {
    /// The one that is already there, else Debian's.
    pub fn obtain() -> Result<Self> {
        let browser = match Self::find()? {
            Some(browser) if browser.driver.is_some() => browser,
            // A browser without its driver: Debian's pair belongs together.
            found => match apt::install(&DEBIAN) {
                Ok(()) => Self::find()?.or(found).ok_or_else(none)?,
                Err(failure) => found.ok_or_else(|| {
                    Failure::new(format!("{}: {failure}", none()))
                        .remedy("install Chromium (or Chrome) with its chromedriver, or set CHROMIUM=/path/to/it")
                })?,
            },
        };
        ensure_chinese_font();
        Ok(browser)
    }

    fn find() -> Result<Option<Self>> {
        let chromium = match env::var_os("CHROMIUM").filter(|path| !path.is_empty()) {
            Some(path) => {
                let path = PathBuf::from(path);
                if version(&path).is_none() {
                    return Err(Failure::new(format!("CHROMIUM={} does not start", path.display()))
                        .remedy("set it to a Chromium's program, or leave it out"));
                }
                Some(path)
            }
            None => NAMES.iter().filter_map(|name| on_path(name)).find(|path| version(path).is_some()),
        };
        let driver = env::var_os("CHROMEDRIVER").map(PathBuf::from).or_else(|| on_path("chromedriver"));
        Ok(chromium.map(|chromium| Self { chromium, driver: driver.filter(|path| version(path).is_some()) }))
    }

    /// Makes a command's wasm tests run in this browser: the variables of wasm-bindgen-test-runner.
    pub fn drive(&self, layout: &Layout, command: &mut Command) -> Result<()> {
        let driver = self.driver.as_ref().ok_or_else(|| {
            Failure::new("there is no chromedriver for the wasm tests")
                .remedy("install it (Debian: apt-get install chromium-driver), or set CHROMEDRIVER")
        })?;
        let capabilities = json!({
            "goog:chromeOptions": { "binary": self.chromium, "args": ARGUMENTS },
        });
        let file = layout.scratch().join("webdriver.json");
        fresh::write_if_changed(&file, capabilities.to_string().as_bytes())?;
        command
            .env("CHROMEDRIVER", driver)
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", file)
            .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
            .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
        Ok(())
    }
}

/// The Firefox that is already there and new enough to be driven, else Debian's newest.
pub fn firefox() -> Result<PathBuf> {
    if let Some(path) = env::var_os("FIREFOX").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        return match version(&path) {
            Some(version) if can_be_driven(&version) => Ok(path),
            told => {
                let told = told.unwrap_or_else(|| "something that does not start".into());
                Err(Failure::new(format!("FIREFOX={} is {told}, not {OLDEST_FIREFOX} or newer", path.display()))
                    .remedy("set it to a newer Firefox's program, or leave it out"))
            }
        };
    }
    let find = || {
        let mut found = FIREFOX.iter().filter_map(|name| on_path(name));
        found.find(|path| version(path).is_some_and(|version| can_be_driven(&version)))
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    let remedy = "install a newer Firefox, or set FIREFOX=/path/to/it";
    apt::renew(&DEBIAN_FIREFOX)
        .map_err(|failure| Failure::new(format!("no Firefox could be had for the tests: {failure}")).remedy(remedy))?;
    find().ok_or_else(|| {
        Failure::new(format!("the Firefox that was installed does not start, or is older than {OLDEST_FIREFOX}"))
            .remedy(remedy)
    })
}

/// Whether Playwright understands this Firefox: `Mozilla Firefox 153.8.0esr`.
fn can_be_driven(version: &str) -> bool {
    let number = version.split_whitespace().find_map(|word| word.split('.').next()?.parse::<u32>().ok());
    number.is_some_and(|number| number >= OLDEST_FIREFOX)
}

fn none() -> Failure {
    Failure::new("no browser could be had for the tests")
}

fn version(program: &Path) -> Option<String> {
    ask(Command::new(program).arg("--version"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The Chinese page is tested too. Only where Debian's packages can help is a missing font looked for:
/// the other desktop systems bring their own.
fn ensure_chinese_font() {
    let fonts = ask(Command::new("fc-list").args([":lang=zh-cn", "family"]));
    let can_write = fonts.is_some_and(|fonts| !fonts.is_empty());
    if !can_write
        && cfg!(target_os = "linux")
        && let Err(failure) = apt::install(&DEBIAN_FONTS)
    {
        note(&format!("No font for Chinese: screenshots will show boxes. {failure}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_is_told_which_browser_to_start() {
        let layout = Layout { root: env::temp_dir().join(format!("xtask-browser-{}", std::process::id())) };
        let browser = Browser { chromium: "/opt/chromium".into(), driver: Some("/opt/driver".into()) };
        let mut command = Command::new("cargo");
        browser.drive(&layout, &mut command).expect("the scratch folder is writable");
        let text = std::fs::read_to_string(layout.scratch().join("webdriver.json")).expect("written");
        assert!(text.contains("\"binary\":\"/opt/chromium\"") && text.contains("--headless=new"), "{text}");
        let _ = std::fs::remove_dir_all(&layout.root);
    }

    #[test]
    fn a_firefox_that_is_too_old_is_not_taken() {
        assert!(can_be_driven("Mozilla Firefox 153.8.0esr"));
        for version in ["Mozilla Firefox 140.10.2esr", "Mozilla Firefox", ""] {
            assert!(!can_be_driven(version), "{version}");
        }
    }

    #[test]
    fn a_browser_without_a_driver_is_a_failure_with_a_remedy() {
        let layout = Layout { root: env::temp_dir() };
        let browser = Browser { chromium: "/opt/chromium".into(), driver: None };
        let failure = browser.drive(&layout, &mut Command::new("cargo")).expect_err("no driver");
        assert!(failure.to_string().contains("chromium-driver"));
    }
}
