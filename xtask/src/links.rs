//! Checks that the files which the project's pages link to exist.

use std::path::Path;

/// Checks every page in `folder` and in the folders right below it.
pub(crate) fn check(folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut folders = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        folders.push(entry.map_err(failed)?.path());
    }
    let mut dead = Vec::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let page = entry.map_err(failed)?.path();
            if page.extension().is_some_and(|extension| extension == "md") {
                let text = std::fs::read_to_string(&page).map_err(failed)?;
                dead.extend(
                    targets(&text)
                        .filter(|target| !folder.join(target).exists())
                        .map(|target| format!("\n  {}: {target}", page.display())),
                );
            }
        }
    }
    if dead.is_empty() { Ok(()) } else { Err(format!("there is no such file:{}", dead.concat())) }
}

/// What a page links to on this machine, without the part after `#`.
fn targets(page: &str) -> impl Iterator<Item = &str> {
    page.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?.split('#').next()?;
        (!target.is_empty() && !target.contains("://")).then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found() {
        let page = "[a](a.rs), [b](https://example.com), [c](c/d.md#e) and [f](#g); [h] (i)";
        assert_eq!(targets(page).collect::<Vec<_>>(), ["a.rs", "c/d.md"]);
    }

    #[test]
    fn a_dead_link_is_reported() {
        let folder = std::env::temp_dir().join(format!("xtask-links-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("page.md"), "[here](page.md)").unwrap();
        assert_eq!(check(&folder), Ok(()));
        std::fs::write(folder.join("page.md"), "[gone](gone.md)").unwrap();
        let error = check(&folder).unwrap_err();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(error.contains("page.md: gone.md"), "{error}");
    }
}
