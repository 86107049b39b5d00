//! The README quotes the last whole run between two markers.

use crate::failure::{Failure, Result};

const BEGIN: &str = "<!-- bench: begin -->";
const END: &str = "<!-- bench: end -->";

/// The README with `report` between its markers.
pub fn with_report(readme: &str, report: &str) -> Result<String> {
    let split = readme.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let Some((before, after)) = split else {
        return Err(Failure::new(format!("README.md has no place for the tables: {BEGIN} … {END}")));
    };
    Ok(format!("{before}{BEGIN}\n{}\n{END}{after}", report.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let readme = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let expected = format!("a\n{BEGIN}\n| new |\n{END}\nb\n");
        assert_eq!(with_report(&readme, "| new |\n\n"), Ok(expected.clone()));
        assert_eq!(with_report(&expected, "| new |"), Ok(expected));
    }

    #[test]
    fn a_readme_without_markers_is_left_alone() {
        assert!(with_report("nothing here", "x").is_err());
        assert!(with_report(&format!("{END}{BEGIN}"), "x").is_err());
    }
}
