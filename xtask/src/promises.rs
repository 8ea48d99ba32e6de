//! Checks that the pages which promise something name tests that exist, for each promise.
//!
//! A promise is a row of a table that begins with its id. The last table of the page has a row for
//! each test: the ids, the test or command, and a link to the file that has it.

use std::collections::BTreeSet;
use std::path::Path;

const PAGES: [&str; 2] = ["SEMANTICS.md", "SECURITY.md"];

/// The heading of the table of tests, which ends the page.
const HEADING: &str = "\n## Which test shows what\n";

/// Checks each page in the folder `root`.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let mut all = Vec::new();
    for page in PAGES {
        let path = root.join(page);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let faults = faults(&text, |file| std::fs::read_to_string(root.join(file)).ok());
        all.extend(faults.iter().map(|fault| format!("\n  {page}: {fault}")));
    }
    if all.is_empty() { Ok(()) } else { Err(format!("not shown by tests:{}", all.concat())) }
}

/// The faults of a page; `source` reads a file that it links to.
fn faults(page: &str, source: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let Some((promises, tests)) = page.split_once(HEADING) else {
        return vec![format!("has no heading {:?}", HEADING.trim())];
    };
    let first_cells =
        promises.lines().filter_map(|line| Some(line.strip_prefix("| ")?.split_once(" |")?.0));
    let promised: BTreeSet<_> = first_cells.filter(|cell| is_id(cell)).collect();
    let mut shown = BTreeSet::<&str>::new();
    let mut faults = Vec::new();
    // The first of these lines names the columns.
    for line in tests.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let Some(Row { ids, test, file }) = Row::parse(line) else {
            faults.push(format!("neither ids, a test and its file: {line}"));
            continue;
        };
        if !source(file).is_some_and(|source| has_test(&source, test)) {
            faults.push(format!("{test} is not in {file}"));
        }
        shown.extend(ids);
    }
    faults.extend(promised.difference(&shown).map(|id| format!("no test is named for {id}")));
    faults.extend(shown.difference(&promised).map(|id| format!("{id} is not promised")));
    faults
}

/// Tells an id from other text: it is a capital letter and a number.
fn is_id(text: &str) -> bool {
    let number = text.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

/// A row of the table of tests.
struct Row<'a> {
    ids: Vec<&'a str>,
    test: &'a str,
    file: &'a str,
}

impl<'a> Row<'a> {
    /// Reads ``| S1, S2 | `test` | [`file.rs`](folder/file.rs) |``.
    fn parse(line: &'a str) -> Option<Self> {
        let (ids, rest) = line.strip_prefix("| ")?.split_once(" | `")?;
        let (test, rest) = rest.split_once("` | [")?;
        let file = rest.split_once("](")?.1.strip_suffix(") |")?;
        let ids: Vec<_> = ids.split(", ").collect();
        ids.iter().all(|id| is_id(id)).then_some(Self { ids, test, file })
    }
}

/// Looks for the test `name` in a source file. If it is a command of ours, looks for its last word,
/// in quotes.
fn has_test(source: &str, name: &str) -> bool {
    if let Some(command) = name.strip_prefix("cargo xtask ") {
        let word = command.rsplit(' ').next().unwrap_or(command);
        return source.contains(&format!("\"{word}\""));
    }
    let (rust, python) = (format!("fn {name}("), format!("def {name}("));
    let mut before = "";
    for line in source.lines().map(str::trim) {
        let is_below_attribute = before.starts_with("#[") && before.contains("test");
        let function = line.strip_prefix("async ").unwrap_or(line);
        if is_below_attribute && function.starts_with(&rust) || line.starts_with(&python) {
            return true;
        }
        before = line;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "#[test]\nfn it_holds() {}\n\n    #[tokio::test]\n    async fn it_ends() {}\n\
                          fn helper() {}\ndef test_it(stack):\nname: \"slow\",\n";

    /// The faults of a page of two promises, of which `row` shows the second.
    fn found(row: &str) -> Vec<String> {
        let page = format!(
            "| id | promise |\n|---|---|\n| S1 | one |\n| S2 | two |\n{HEADING}\n\
             | id | test | in |\n|---|---|---|\n| S1 | `it_holds` | [`b.rs`](a/b.rs) |\n{row}\n"
        );
        faults(&page, |file| (file == "a/b.rs").then(|| SOURCE.to_owned()))
    }

    #[test]
    fn a_promise_with_a_test_is_in_order() {
        for test in ["it_holds", "it_ends", "test_it", "cargo xtask model slow"] {
            let none: [&str; 0] = [];
            assert_eq!(found(&format!("| S1, S2 | `{test}` | [`b.rs`](a/b.rs) |")), none);
        }
    }

    #[test]
    fn what_is_missing_is_found() {
        let test = |name: &str| format!("| S2 | `{name}` | [`b.rs`](a/b.rs) |");
        for name in ["it_hold", "t_holds", "helper", "cargo xtask model slower"] {
            assert_eq!(found(&test(name)), [format!("{name} is not in a/b.rs")]);
        }
        let no_file = "| S2 | `it_holds` | [`c.rs`](a/c.rs) |";
        assert_eq!(found(no_file), ["it_holds is not in a/c.rs"]);
        assert_eq!(found(""), ["no test is named for S2"]);
        let unknown = "| S2, S3 | `it_holds` | [`b.rs`](a/b.rs) |";
        assert_eq!(found(unknown), ["S3 is not promised"]);
        for malformed in ["| S2 | it_holds | [`b.rs`](a/b.rs) |", "| S2 | `it_holds` | b.rs |"] {
            assert_eq!(found(malformed).len(), 2, "{malformed}");
        }
        assert_eq!(faults("| S1 | one |", |_| None).len(), 1);
    }

    #[test]
    fn the_pages_of_this_project_are_in_order() {
        assert_eq!(check(crate::workspace::root()), Ok(()));
    }
}
