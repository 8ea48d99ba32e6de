//! Which functions of a program are at a place in its file, by the tools of binutils.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// A part of a file, and where it is loaded.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Segment {
    offset: u64,
    address: u64,
    len: u64,
}

/// A function, and the file that has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) function: String,
    /// In this workspace, in `library`, which is Rust's own, or in a package, called `name-version`.
    pub(crate) file: String,
}

impl Frame {
    /// Whether it is of Rust's own library, or of a package which that is made of.
    pub(crate) fn is_of_library(&self) -> bool {
        ["library/", "/rust/deps/"].iter().any(|start| self.file.starts_with(start))
    }

    /// Whether nothing says where it is.
    pub(crate) fn is_unknown(&self) -> bool {
        self.file.is_empty() || self.file == "??"
    }
}

/// By place: the function, and those it was compiled into, from the inside.
pub(crate) fn at(program: &Path, mut places: Vec<u64>) -> Result<HashMap<u64, Vec<Frame>>> {
    places.sort_unstable();
    places.dedup();
    let headers = output(Command::new("readelf").args(["--segments", "--wide"]).arg(program))?;
    let segments = segments(&headers);
    // In a file, since who writes to a program that does not read yet waits for it.
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("addresses");
    let mut addresses = String::new();
    for place in &places {
        writeln!(addresses, "{:#x}", address(&segments, *place))?;
    }
    std::fs::write(&file, addresses)?;
    let mut command = Command::new("addr2line");
    command.args(["--addresses", "--demangle", "--functions", "--inlines", "--exe"]).arg(program);
    let text = output(command.stdin(File::open(&file)?))?;
    let found = found(&text);
    ensure!(found.len() == places.len(), "{} of {} places found", found.len(), places.len());
    Ok(places.into_iter().zip(found).collect())
}

fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().display().to_string();
    // Elsewhere its words are those of another language.
    let output = command.env("LC_ALL", "C").stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("{name}, on Debian of the package binutils"))?;
    ensure!(output.status.success(), "{name}: {}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Of lines such as `LOAD 0x001000 0x0000000000002000 0x0000000000002000 0x000123 0x000123 R E 0x1000`.
fn segments(headers: &str) -> Vec<Segment> {
    let hex = |word: &str| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok();
    let segment = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let ["LOAD", offset, address, _, len, ..] = words[..] else { return None };
        Some(Segment { offset: hex(offset)?, address: hex(address)?, len: hex(len)? })
    };
    headers.lines().filter_map(segment).collect()
}

/// The address at which a program counts what is at this place.
fn address(segments: &[Segment], place: u64) -> u64 {
    let of = |segment: &&Segment| (segment.offset..segment.offset + segment.len).contains(&place);
    let segment = segments.iter().find(of);
    segment.map_or(place, |Segment { offset, address, .. }| place - offset + address)
}

/// For each address the functions, of each of which there are two lines: its name and where it is.
fn found(text: &str) -> Vec<Vec<Frame>> {
    let mut found: Vec<Vec<Frame>> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("0x") {
            found.push(Vec::new());
        } else if let (Some(frames), Some(place)) = (found.last_mut(), lines.next()) {
            frames.push(Frame { function: line.to_owned(), file: file(place).to_owned() });
        }
    }
    found
}

/// Of `/a/path/file.rs:7`, without what differs from machine to machine.
fn file(place: &str) -> &str {
    let file = place.rsplit_once(':').map_or(place, |(file, _)| file);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../").trim_end_matches("bench/../");
    if let Some(file) = file.strip_prefix(root) {
        return file;
    }
    if let Some((_, file)) = file.split_once("/registry/src/") {
        return file.split_once('/').map_or(file, |(_, file)| file);
    }
    file.find("library/").and_then(|at| file.get(at..)).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_from_where_its_segment_is_loaded() {
        let headers = "  Type Offset VirtAddr\n  \
            LOAD 0x000000 0x0000000000000000 0x0000000000000000 0x000800 0x000800 R   0x1000\n  \
            LOAD 0x000800 0x0000000000002800 0x0000000000002800 0x000100 0x000100 R E 0x1000";
        let segments = segments(headers);
        assert_eq!(segments.len(), 2);
        assert_eq!(address(&segments, 0x7ff), 0x7ff);
        assert_eq!(address(&segments, 0x810), 0x2810);
        assert_eq!(address(&segments, 0x900), 0x900, "no segment has it");
    }

    #[test]
    fn functions_are_those_of_their_address() {
        let text = "0x1\ninner\na.rs:1\nouter\nb.rs:2\n0x2\nalone\nc.rs:1\n";
        let frame = |function: &str, file: &str| Frame {
            function: function.to_owned(),
            file: file.to_owned(),
        };
        let inlined = vec![frame("inner", "a.rs"), frame("outer", "b.rs")];
        assert_eq!(found(text), [inlined, vec![frame("alone", "c.rs")]]);
    }

    #[test]
    fn a_file_is_called_the_same_on_every_machine() {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs:12");
        for (place, called) in [
            (here, "bench/src/lib.rs"),
            ("/home/x/registry/src/index-1/hyper-1.2.3/src/lib.rs:7", "hyper-1.2.3/src/lib.rs"),
            ("/rustc/abc/library/core/src/str.rs:7", "library/core/src/str.rs"),
            ("??:0", "??"),
        ] {
            assert_eq!(file(place), called);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_functions_of_a_program_are_found() {
        let program = std::env::current_exe().unwrap();
        let headers = output(Command::new("readelf").arg("--file-header").arg(&program)).unwrap();
        let entry = headers
            .lines()
            .find_map(|line| line.split_once("Entry point address:")?.1.trim().strip_prefix("0x"));
        let entry = u64::from_str_radix(entry.unwrap(), 16).unwrap();
        let headers =
            output(Command::new("readelf").arg("--segments").arg("--wide").arg(&program)).unwrap();
        let segments = segments(&headers);
        let of =
            |segment: &&Segment| (segment.address..segment.address + segment.len).contains(&entry);
        let segment = segments.iter().find(of).unwrap();
        let place = entry - segment.address + segment.offset;
        let frames = at(&program, vec![place, place]).unwrap();
        assert_eq!(frames[&place][0].function, "_start");
    }
}
