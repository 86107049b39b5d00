//! Tables and numbers as they are read in Markdown.

/// A table; the first column is left-aligned, the others are numbers.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub fn new<S: Into<String>>(headings: impl IntoIterator<Item = S>) -> Self {
        Self { rows: vec![headings.into_iter().map(Into::into).collect()] }
    }

    /// Adds a row: its name, then its cells.
    pub fn row(&mut self, name: impl Into<String>, cells: impl IntoIterator<Item = String>) {
        self.rows.push(std::iter::once(name.into()).chain(cells).collect());
    }

    /// As Markdown, with an empty line after it. Short rows are filled up.
    pub fn render(&self) -> String {
        let width = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut text = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            for column in 0..width {
                text.push_str("| ");
                // A bar in a cell would end it.
                text.push_str(&row.get(column).map_or(String::new(), |cell| cell.replace('|', "\\|")));
                text.push(' ');
            }
            text.push_str("|\n");
            if number == 0 {
                text.push_str("|---");
                text.push_str(&"|---:".repeat(width.saturating_sub(1)));
                text.push_str("|\n");
            }
        }
        text.push('\n');
        text
    }
}

/// About three digits, thousands separated: `87,200`, `104`, `8.53`, `0.88`.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let size = value.abs();
    let digits = if size == 0.0 { 0 } else { (2 - size.log10().floor() as i32).clamp(-12, 3) };
    let unit = 10_f64.powi(digits);
    let rounded = (value * unit).round() / unit;
    let text = format!("{rounded:.*}", digits.max(0) as usize);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let grouped = thousands(whole);
    if fraction.is_empty() { grouped } else { format!("{grouped}.{fraction}") }
}

/// `0.873` → `87 %`
pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Bytes in kB, as sizes of downloads are given.
pub fn kilobytes(bytes: f64) -> String {
    format!("{} kB", number((bytes / 1000.0).round()))
}

/// Bytes in MB.
pub fn megabytes(bytes: f64) -> String {
    format!("{:.1} MB", bytes / 1e6)
}

fn thousands(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let mut text = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_digits() {
        for (value, text) in [
            (87_231.4, "87,200"),
            (1_443.0, "1,440"),
            (104.4, "104"),
            (8.531, "8.53"),
            (0.876_5, "0.877"),
            (0.0, "0"),
            (1_234_567.0, "1,230,000"),
            (-1_500.0, "-1,500"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(f64::NAN), "–");
    }

    #[test]
    fn shares_and_bytes_have_units() {
        assert_eq!(percent(0.873), "87 %");
        assert_eq!(kilobytes(123_456.0), "123 kB");
        assert_eq!(megabytes(42_598_400.0), "42.6 MB");
    }

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(["", "W1", "W2"]);
        table.row("ours", ["1".into(), "a|b".into()]);
        table.row("short", ["2".into()]);
        assert_eq!(table.render(), "|  | W1 | W2 |\n|---|---:|---:|\n| ours | 1 | a\\|b |\n| short | 2 |  |\n\n");
    }
}
