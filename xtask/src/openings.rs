//! Checks the first words of documentation. It begins with a noun or a verb, not with a dangling
//! question word, which makes a reader wait for what it is about.

use std::path::Path;

use crate::files;

/// Words that no documentation begins with.
const DANGLING: [&str; 5] = ["How", "Of", "What", "Whether", "Whose"];

/// Looks into every source file below `root`.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let mut wrong = Vec::new();
    for file in files::below(root, "rs")? {
        let source = std::fs::read_to_string(&file)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let name = file.strip_prefix(root).unwrap_or(&file).display();
        wrong.extend(dangling(&source).map(|line| format!("\n  {name}: {line}")));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let words = DANGLING.join(", ");
    Err(format!("documentation begins with a noun or a verb, not with {words}:{}", wrong.concat()))
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
    fn this_project_keeps_to_it() {
        assert_eq!(check(crate::workspace::root()), Ok(()));
    }
}
