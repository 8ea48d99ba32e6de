//! Checks that no files of a crate import each other in a circle, so that each can be read after those
//! that it builds on.
//!
//! An import counts for the file that defines the name, also where a parent module hands it on. To hand
//! a name on is not counted, nor is a path that is written out where it is used. Tests are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::{files, workspace};

/// Looks through every crate of the workspace, and prints how many files there are.
pub(crate) fn check() -> Result<(), String> {
    let (mut count, mut wrong) = (0, Vec::new());
    for member in workspace::members()? {
        let house = House::read(&member.folder.join("src"))?;
        count += house.files.len();
        wrong.extend(house.circles().into_iter().map(|files| format!("\n  {}", files.join(", "))));
    }
    if wrong.is_empty() {
        eprintln!("    {count} files, and none import each other in a circle");
        return Ok(());
    }
    Err(format!("files import each other in a circle:{}", wrong.concat()))
}

/// The modules of a crate by their paths, such as `["ledger", "lease"]`.
struct House {
    files: BTreeMap<Vec<String>, File>,
}

#[derive(Default)]
struct File {
    path: PathBuf,
    /// The names that it defines.
    defines: BTreeSet<String>,
    /// The paths that it imports or hands on, as written.
    imports: Vec<Import>,
}

struct Import {
    path: Vec<String>,
    is_handed_on: bool,
}

impl House {
    fn read(source: &Path) -> Result<Self, String> {
        let mut found = BTreeMap::new();
        let paths = if source.is_dir() { files::below(source, "rs")? } else { Vec::new() };
        for path in paths {
            let module = module(path.strip_prefix(source).unwrap_or(&path));
            if module.iter().any(|part| part == "tests" || part == "bin") {
                continue;
            }
            let text = std::fs::read_to_string(&path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            let text = without_tests(&text);
            let (defines, imports) = (definitions(text).collect(), imports(text));
            found.insert(module, File { path, defines, imports });
        }
        Ok(Self { files: found })
    }

    /// The file that defines what `from` imports by `path`.
    fn target(&self, from: &[String], path: &[String]) -> Option<Vec<String>> {
        let (mut module, mut rest) = match path.first()?.as_str() {
            "crate" => (Vec::new(), path.get(1..)?),
            "self" => (from.to_vec(), path.get(1..)?),
            "super" => (from.split_last()?.1.to_vec(), path.get(1..)?),
            // A child of the module, or another crate.
            name => {
                let child = [from, &[name.to_owned()]].concat();
                (self.files.contains_key(&child).then_some(child)?, path.get(1..)?)
            }
        };
        while let Some((first, behind)) = rest.split_first() {
            if first == "super" {
                module.pop();
            } else {
                let child = [module.as_slice(), std::slice::from_ref(first)].concat();
                if !self.files.contains_key(&child) {
                    return Some(self.home(&module, first));
                }
                module = child;
            }
            rest = behind;
        }
        Some(module)
    }

    /// The file that defines the `name` that `module` has: another one if it hands it on.
    fn home(&self, module: &[String], name: &str) -> Vec<String> {
        let Some(file) = self.files.get(module) else { return module.to_vec() };
        if file.defines.contains(name) {
            return module.to_vec();
        }
        let has_it = |import: &&Import| import.path.last().is_some_and(|last| last == name);
        let mut imports = file.imports.iter().filter(has_it);
        let elsewhere = imports.find_map(|import| self.target(module, &import.path));
        elsewhere.filter(|it| it != module).unwrap_or_else(|| module.to_vec())
    }

    /// The groups of files that import each other.
    fn circles(&self) -> Vec<Vec<String>> {
        let reach: BTreeMap<_, _> =
            self.files.keys().map(|from| (from, self.reach(from))).collect();
        let mut groups = BTreeSet::new();
        for (from, reached) in &reach {
            let mutual = reached.iter().filter(|to| reach[to].contains(*from));
            let group: BTreeSet<_> = mutual.collect();
            if !group.is_empty() {
                groups.insert(group);
            }
        }
        let name = |module: &Vec<String>| self.files[module].path.display().to_string();
        groups.into_iter().map(|group| group.into_iter().map(name).collect()).collect()
    }

    /// All files that `from` imports, or that those import.
    fn reach(&self, from: &[String]) -> BTreeSet<Vec<String>> {
        let (mut reached, mut open) = (BTreeSet::new(), vec![from.to_vec()]);
        while let Some(next) = open.pop() {
            let imports = self.files[&next].imports.iter().filter(|import| !import.is_handed_on);
            for Import { path, .. } in imports {
                let to = self.target(&next, path).filter(|to| *to != next);
                if let Some(to) = to.filter(|to| self.files.contains_key(to))
                    && reached.insert(to.clone())
                {
                    open.push(to);
                }
            }
        }
        reached
    }
}

/// The module of a file below `src`.
fn module(file: &Path) -> Vec<String> {
    let mut parts: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    parts.pop_if(|last| matches!(last.as_str(), "lib" | "main" | "mod"));
    parts
}

/// The text in front of the tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

/// The names of items.
fn definitions(text: &str) -> impl Iterator<Item = String> {
    const ITEMS: [&str; 8] =
        ["const", "enum", "fn", "static", "struct", "trait", "type", "macro_rules!"];
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.filter_map(|line| {
        let mut words = line.split(|c: char| c.is_whitespace() || "(<:;{=".contains(c));
        words.by_ref().find(|word| ITEMS.contains(word))?;
        words.find(|word| !word.is_empty() && *word != "fn").map(str::to_owned)
    })
}

/// The paths of all `use` items, one for each name.
fn imports(text: &str) -> Vec<Import> {
    let mut imports = Vec::new();
    for item in text.split(';') {
        let starts = |line: &&str| {
            let line = line.trim_start();
            line.starts_with("use ") || (line.starts_with("pub") && line.contains(" use "))
        };
        let Some(place) = item.lines().position(|line| starts(&line)) else { continue };
        let item = item.lines().skip(place).collect::<Vec<_>>().join(" ");
        if let Some((before, tree)) = item.split_once("use ") {
            let (mut paths, is_handed_on) = (Vec::new(), before.trim_start().starts_with("pub"));
            expand(&[], tree.trim(), &mut paths);
            imports.extend(paths.into_iter().map(|path| Import { path, is_handed_on }));
        }
    }
    imports
}

/// Adds the paths of a tree such as `a::{b, c::d}`.
fn expand(before: &[String], tree: &str, paths: &mut Vec<Vec<String>>) {
    let tree = tree.split(" as ").next().unwrap_or(tree).trim();
    match tree.split_once('{') {
        Some((front, inner)) if !front.contains(',') => {
            let front = front.split("::").filter(|part| !part.trim().is_empty());
            let before =
                [before, &front.map(|part| part.trim().to_owned()).collect::<Vec<_>>()].concat();
            let inner = inner.strip_suffix('}').unwrap_or(inner);
            split(inner).for_each(|tree| expand(&before, tree, paths));
        }
        _ => {
            let parts = tree.split("::").map(|part| part.trim().to_owned());
            let whole = before.iter().cloned().chain(parts.filter(|part| part != "self"));
            paths.push(whole.collect());
        }
    }
}

/// The parts between those commas that are in no braces.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let parts = text.split(move |c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(files: &[(&str, &str)]) -> House {
        let file = |(name, text): &(&str, &str)| {
            let (defines, imports) = (definitions(text).collect(), imports(text));
            (module(Path::new(name)), File { path: name.into(), defines, imports })
        };
        House { files: files.iter().map(file).collect() }
    }

    #[test]
    fn files_that_import_each_other_are_found() {
        let circle = house(&[
            ("lib.rs", "mod a;\nmod b;\nmod c;"),
            ("a.rs", "use crate::b::{B, other::X};\npub struct A;"),
            ("b.rs", "use std::fmt;\nuse super::c;\npub struct B;"),
            ("c.rs", "use crate::a::A as Renamed;"),
        ]);
        assert_eq!(circle.circles(), [["a.rs", "b.rs", "c.rs"]]);
    }

    #[test]
    fn a_name_that_is_handed_on_belongs_to_the_file_that_defines_it() {
        let files = [
            ("a.rs", "mod error;\nmod fields;\npub use error::Error;\nuse fields::Fields;"),
            ("a/error.rs", "pub enum Error {}"),
            ("a/fields.rs", "use super::Error;\npub(super) struct Fields;"),
        ];
        assert!(house(&files).circles().is_empty());
        let own = files
            .map(|(name, text)| (name, text.replace("pub use error::Error;", "struct Error;")));
        let own: Vec<_> = own.iter().map(|(name, text)| (*name, text.as_str())).collect();
        assert_eq!(house(&own).circles(), [["a.rs", "a/fields.rs"]]);
    }

    #[test]
    fn trees_of_imports_are_expanded() {
        let paths = imports("use a::{self, b, c::{d, e as f}};\n#[x]\npub(crate) use super::g;");
        let paths: Vec<_> = paths.iter().map(|import| import.path.join("::")).collect();
        assert_eq!(paths, ["a", "a::b", "a::c::d", "a::c::e", "super::g"]);
    }

    #[test]
    fn no_files_of_this_project_import_each_other_in_a_circle() {
        assert_eq!(check(), Ok(()));
    }
}
