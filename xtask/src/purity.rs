//! Checks that the core names no clock, environment, I/O, randomness or runtime.
//!
//! Clippy's lists of disallowed methods and types see through imports and macros but know only
//! what they list. This scan of the text knows whole modules.

use std::path::Path;

use crate::files;

/// Names that must not appear in the core's code, alone or at the start of a path.
const FORBIDDEN: [&str; 30] = [
    "std::env",
    "std::fs",
    "std::io",
    "std::os",
    "std::process",
    "std::thread",
    "env::",
    "fs::",
    "io::",
    "process::",
    "thread::",
    "env!",
    "option_env!",
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
    "Instant",
    "SystemTime::now",
    "TcpListener",
    "TcpStream",
    "UdpSocket",
    "ToSocketAddrs",
    "RandomState",
    "HashMap",
    "HashSet",
    "OsRng",
    "getrandom",
    "rand::",
    "tokio",
];

/// Scans every source file under `folder` but those that hold only tests.
pub(crate) fn check(folder: &Path) -> Result<(), String> {
    let mut files = files::below(folder, "rs")?;
    files.retain(|file| !file.iter().any(|name| name == "tests" || name == "tests.rs"));
    if files.is_empty() {
        return Err(format!("{} holds no source", folder.display()));
    }
    let mut found = Vec::new();
    for file in &files {
        let source = std::fs::read_to_string(file)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        found.extend(
            offences(&source)
                .map(|(line, name)| format!("\n  {}:{line}: `{name}`", file.display())),
        );
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(format!("the core must not name a clock, the environment, I/O …:{}", found.concat()))
}

/// Returns forbidden names with their line numbers. Comments, and the tests at the end of a file,
/// may contain them.
fn offences(source: &str) -> impl Iterator<Item = (usize, &'static str)> {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().enumerate().flat_map(|(index, line)| {
        let line = line.split("//").next().unwrap_or_default();
        let names = FORBIDDEN.iter().copied().filter(|name| names(line, name));
        names.map(|name| (index + 1, name)).collect::<Vec<_>>()
    })
}

/// Returns true if `line` has `name` as a word, not as a part of a longer one.
fn names(line: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + name.len()..].chars().next();
        !before.is_some_and(is_word) && (!name.ends_with(is_word) || !after.is_some_and(is_word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<(usize, &'static str)> {
        offences(source).collect()
    }

    #[test]
    fn clocks_and_io_are_found() {
        assert_eq!(found("\nlet t = std::time::Instant::now();"), [(2, "Instant")]);
        assert_eq!(found("SystemTime::now()"), [(1, "SystemTime::now")]);
        assert_eq!(found("impl From<SystemTime> for Timestamp"), []);
        assert_eq!(found("use std::fs;"), [(1, "std::fs")]);
        assert_eq!(found("use std::{fs, io};\nfs::read(p)"), [(2, "fs::")]);
        assert_eq!(found("println!(\"x\")"), [(1, "println!")]);
        assert_eq!(found("env!(\"HOME\")"), [(1, "env!")]);
        assert_eq!(found("async fn f() { tokio::spawn(g()) }"), [(1, "tokio")]);
        assert_eq!(found("mod tests {}\nstd::process::exit(1)").len(), 2);
    }

    #[test]
    fn other_code_is_left_alone() {
        for source in [
            "// no std::fs here",
            "/// A clock such as `Instant`.",
            "use std::net::IpAddr;",
            "let instant = Instantaneous::new();",
            "let profs = profs::x; radio::y(); reprint!();",
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}",
        ] {
            assert_eq!(found(source), [], "{source:?}");
        }
    }

    #[test]
    fn the_core_is_pure_and_this_program_is_not() {
        let root = crate::workspace::root();
        assert_eq!(check(&root.join("session-limit-core/src")), Ok(()));
        let error = check(&root.join("xtask/src")).unwrap_err();
        assert!(error.contains("steps.rs") && error.contains("`Instant`"), "{error}");
    }
}
