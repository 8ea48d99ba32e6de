//! Checks the lengths of the pages that everybody reads, and prints them.

use std::path::Path;

/// A page, and the most lines and words that it may have.
struct Bound {
    page: &'static str,
    lines: usize,
    words: usize,
}

const BOUNDS: [Bound; 2] = [
    Bound { page: "README.md", lines: 150, words: 1_300 },
    Bound { page: "ARCHITECTURE.md", lines: 250, words: usize::MAX },
];

pub(crate) fn check(root: &Path) -> Result<(), String> {
    for bound in &BOUNDS {
        let text = std::fs::read_to_string(root.join(bound.page))
            .map_err(|error| format!("{}: {error}", bound.page))?;
        eprintln!("    {}", bound.measure(&text)?);
    }
    Ok(())
}

impl Bound {
    /// Returns the length of the page, or fails if it is too long.
    fn measure(&self, text: &str) -> Result<String, String> {
        let (lines, words) = (text.lines().count(), text.split_whitespace().count());
        let found = format!("{}: {lines} lines, {words} words", self.page);
        if lines <= self.lines && words <= self.words {
            return Ok(found);
        }
        let words = Some(self.words).filter(|words| *words < usize::MAX);
        let words = words.map(|words| format!(" and {words} words")).unwrap_or_default();
        Err(format!("{found}; at most {} lines{words}", self.lines))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_be_as_long_as_its_bound() {
        let bound = Bound { page: "a.md", lines: 2, words: 3 };
        assert_eq!(bound.measure("one two\nthree\n"), Ok("a.md: 2 lines, 3 words".into()));
        let error = bound.measure("one two\nthree four").unwrap_err();
        assert_eq!(error, "a.md: 2 lines, 4 words; at most 2 lines and 3 words");
        bound.measure("1\n2\n3").unwrap_err();
    }
}
