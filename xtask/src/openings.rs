//! Checks the first words of documentation. It begins with a noun or a verb, not with a dangling
//! question word, which makes a reader wait for what it is about.
//!
//! `openings.txt` lists the files that still have some, and how many. The list only shrinks.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::files;

/// Words that no documentation begins with.
const DANGLING: [&str; 5] = ["How", "Of", "What", "Whether", "Whose"];

const LEFT: &str = include_str!("openings.txt");

/// Counts them in every source file below `root`, and compares the counts with the list.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let mut found = BTreeMap::new();
    for file in files::below(root, "rs")? {
        let source = std::fs::read_to_string(&file)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        found.extend(Some((name, dangling(&source).count())).filter(|(_, count)| *count > 0));
    }
    let wrong = differences(&listed(LEFT), &found);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!(
        "documentation begins with a noun or a verb, not with {}. In `xtask/src/openings.txt` a number \
         may become smaller, and none larger:{wrong}",
        DANGLING.join(", ")
    ))
}

/// The lines that begin a piece of documentation with one of those words.
fn dangling(source: &str) -> impl Iterator<Item = &str> {
    let lines = source.lines().map(str::trim);
    let before = std::iter::once("").chain(lines.clone());
    before.zip(lines).filter_map(|(before, line)| {
        let text = documentation(line)?;
        let begins = documentation(before).is_none_or(str::is_empty);
        let word = text.split(|c: char| !c.is_alphabetic()).next()?;
        (begins && DANGLING.contains(&word)).then_some(line)
    })
}

fn documentation(line: &str) -> Option<&str> {
    line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).map(str::trim)
}

/// The files of the list and their numbers.
fn listed(list: &str) -> BTreeMap<String, usize> {
    let lines = list.lines().filter_map(|line| line.split_once(' '));
    lines.filter_map(|(count, name)| Some((name.to_owned(), count.parse().ok()?))).collect()
}

/// One line for each file whose number is another than the listed one.
fn differences(listed: &BTreeMap<String, usize>, found: &BTreeMap<String, usize>) -> String {
    let mut wrong = String::new();
    let names: std::collections::BTreeSet<_> = listed.keys().chain(found.keys()).collect();
    for name in names {
        let [listed, found] = [listed, found].map(|counts| counts.get(name).copied().unwrap_or(0));
        if listed != found {
            let _ = write!(wrong, "\n  {name}: {found}, and {listed} in the list");
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_counts() {
        let found = |source| dangling(source).count();
        assert_eq!(found("/// Whether it is.\nfn a() {}"), 1);
        assert_eq!(found("//! What it is."), 1);
        assert_eq!(found("/// Says\n/// whether.\n/// Whether it is."), 0);
        assert_eq!(found("/// One.\n///\n/// Of two."), 1);
        assert_eq!(found("// What it is.\n/// Whatever.\n/// Off."), 0);
    }

    #[test]
    fn the_list_neither_grows_nor_is_out_of_date() {
        let counts = |text: &str| listed(text);
        assert_eq!(differences(&counts("2 a.rs"), &counts("2 a.rs")), "");
        assert!(differences(&counts("2 a.rs"), &counts("3 a.rs")).contains("a.rs: 3, and 2"));
        assert!(differences(&counts("2 a.rs"), &counts("")).contains("a.rs: 0, and 2"));
        assert!(differences(&counts(""), &counts("1 b.rs")).contains("b.rs: 1, and 0"));
    }

    #[test]
    fn this_project_keeps_to_it() {
        assert_eq!(check(crate::workspace::root()), Ok(()));
    }
}
