//! What went wrong and what the person at the keyboard can do about it.

use std::fmt;

/// A failure that ends a command: one sentence on what failed and, where there is one, the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    what: String,
    remedy: Option<String>,
}

pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub fn new(what: impl fmt::Display) -> Self {
        Self { what: what.to_string(), remedy: None }
    }

    /// Puts before it what did not come about because of it.
    #[must_use]
    pub fn after(mut self, consequence: impl fmt::Display) -> Self {
        self.what = format!("{consequence}: {}", self.what);
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl fmt::Display) -> Self {
        self.remedy = Some(remedy.to_string());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n  what to do: {remedy}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

/// Turns any error into a [`Failure`] that names what was being done.
pub trait Context<T> {
    /// `doing` is read as "could not {doing}: {the error}".
    fn or_fail(self, doing: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: fmt::Display> Context<T> for std::result::Result<T, E> {
    fn or_fail(self, doing: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Failure::new(format!("could not {}: {error}", doing())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_its_remedy_on_a_line_of_its_own() {
        let failure = Failure::new("port 8080 is taken").remedy("use --port");
        assert_eq!(failure.to_string(), "port 8080 is taken\n  what to do: use --port");
    }

    #[test]
    fn context_names_what_was_being_done() {
        let result: Result<()> = Err("no such file").or_fail(|| "read it".into());
        assert_eq!(result.unwrap_err().to_string(), "could not read it: no such file");
    }
}
