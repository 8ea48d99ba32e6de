//! Checks that the files and the headings which the project's pages link to exist.

use std::io;
use std::path::Path;

use crate::files;

/// Checks every page below `root`, except those that are built or hidden.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| format!("{path}: {error}")
    };
    let pages = files::below(root, "md")?;
    let mut dead = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).map_err(failed(&page))?;
        for target in targets(&text) {
            if !exists(&page, target).map_err(failed(&page))? {
                dead.push(format!("\n  {}: {target}", page.display()));
            }
        }
    }
    if dead.is_empty() { Ok(()) } else { Err(format!("links lead nowhere:{}", dead.concat())) }
}

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

/// Returns true if there is what `target` in `page` names: a file, and if that is a page, the
/// heading.
fn exists(page: &Path, target: &str) -> io::Result<bool> {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if file.is_empty() { page.to_owned() } else { page.with_file_name(file) };
    if anchor.is_empty() || !is_page(&file) || !file.exists() {
        return Ok(file.exists());
    }
    let text = std::fs::read_to_string(&file)?;
    Ok(headings(&text).any(|heading| anchor_of(heading) == anchor))
}

/// The targets on this machine that a page links to.
fn targets(page: &str) -> impl Iterator<Item = &str> {
    prose(page).flat_map(|line| line.split("](").skip(1)).filter_map(|rest| {
        let target = rest.split(')').next()?;
        (!target.is_empty() && !target.contains("://")).then_some(target)
    })
}

fn headings(page: &str) -> impl Iterator<Item = &str> {
    prose(page).filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim())
}

/// The lines of a page that are no examples.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_example = false;
    page.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_example ^= is_fence;
        !is_fence && !is_example
    })
}

/// The anchor of a heading, as the renderers of pages make it: in lower case, without punctuation,
/// with hyphens for blanks.
fn anchor_of(heading: &str) -> String {
    let is_kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
    heading.to_lowercase().chars().filter(is_kept).collect::<String>().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found() {
        let page = "[a](a.rs), [b](https://example.com), [c](c/d.md#e) and [f](#g); [h] (i)\n\
                    ```sh\n[j](k)\n```\n[l](m)";
        assert_eq!(targets(page).collect::<Vec<_>>(), ["a.rs", "c/d.md#e", "#g", "m"]);
    }

    #[test]
    fn headings_are_named_as_readers_name_them() {
        let page = "# Alarms, and what to do\n```sh\n# by key\n```\n## `KEY_PHASE` – a key's\n";
        let anchors: Vec<_> = headings(page).map(anchor_of).collect();
        assert_eq!(anchors, ["alarms-and-what-to-do", "key_phase--a-keys"]);
    }

    #[test]
    fn a_dead_link_is_reported_however_deep() {
        let folder = std::env::temp_dir().join(format!("xtask-links-{}", std::process::id()));
        let deep = folder.join("a/b/c");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir_all(folder.join("target")).unwrap();
        std::fs::write(folder.join("target/page.md"), "[gone](gone.md)").unwrap();
        std::fs::write(folder.join("page.md"), "# A heading\n[here](#a-heading)").unwrap();
        let outcome = |text: &str| {
            std::fs::write(deep.join("page.md"), text).unwrap();
            check(&folder)
        };
        let good = outcome("[one](../../../page.md#a-heading), [two](../c), [three](page.md)");
        let gone = outcome("[gone](../gone.rs)");
        let no_heading = outcome("[here](../../../page.md#another)");
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(good, Ok(()));
        assert!(gone.unwrap_err().ends_with("c/page.md: ../gone.rs"));
        assert!(no_heading.unwrap_err().ends_with("c/page.md: ../../../page.md#another"));
    }
}
