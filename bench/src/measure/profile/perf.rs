//! Samples of what a processor does, by `perf`.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::frames::{self, Frame};
use crate::processor::OneProcessor;

/// Samples a second: no divisor of what a clock does regularly.
pub(crate) const FREQUENCY: u32 = 4_999;

/// What was found running at some time.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) at: Duration,
    /// What the thread is called.
    pub(crate) thread: String,
    /// The file of the code, or what stands for it: the kernel's begins with a bracket.
    pub(crate) object: String,
    /// The function, and those it was compiled into, from the inside.
    pub(crate) frames: Vec<Frame>,
}

/// A recording that goes on, and ends with the value at the latest.
pub(crate) struct Recording {
    /// Records as long as a `cat`, whose input ends with this process, if not before.
    perf: Child,
    file: PathBuf,
}

impl Recording {
    /// Records what that one processor does, from another one if there is any.
    pub(super) fn start(one: &OneProcessor, file: PathBuf) -> Result<Self> {
        let mut command = Command::new("perf");
        // The clock of a `Turn`.
        command.args(["record", "--quiet", "--clockid", "mono", "--event", "cpu-clock"]);
        command.args(["--freq", &FREQUENCY.to_string(), "--cpu", &one.number().to_string()]);
        command.arg("--output").arg(&file).args(["--", "sh", "-c", "echo && exec cat"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let perf = match one.beside(|| command.spawn())? {
            Some(perf) => perf,
            None => command.spawn(),
        };
        let mut recording = Self { perf: perf.context("perf")?, file };
        // What it runs it runs once it records.
        let has_begun = recording.perf.stdout.as_mut().map(|stdout| stdout.read_exact(&mut [0]));
        if !matches!(has_begun, Some(Ok(()))) {
            recording.end()?;
            bail!("perf does not record");
        }
        Ok(recording)
    }

    /// Ends it, and answers in which file it is.
    pub(super) fn stop(mut self) -> Result<PathBuf> {
        self.end()?;
        Ok(self.file)
    }

    fn end(&mut self) -> Result<()> {
        drop(self.perf.stdin.take());
        let mut said = String::new();
        if let Some(stderr) = &mut self.perf.stderr {
            stderr.read_to_string(&mut said)?;
        }
        let status = self.perf.wait()?;
        ensure!(status.success(), "perf: {status}: {said}");
        Ok(())
    }
}

/// What was recorded in `file`, in order. `programs` is the folder of those whose functions are looked
/// up.
pub(super) fn samples_in(file: &Path, programs: &Path) -> Result<Vec<Sample>> {
    let mut script = Command::new("perf");
    script.args(["script", "--show-mmap-events", "--ns", "--fields"]);
    let output = script.args(["comm,pid,time,ip,sym,dso", "--input"]).arg(file).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "what perf recorded cannot be read: {said}");
    samples(&String::from_utf8_lossy(&output.stdout), programs)
}

/// Where a process has the code of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Mapping {
    start: u64,
    offset: u64,
}

/// A line of `perf script` that is a sample.
#[derive(Debug, PartialEq)]
struct Line<'a> {
    thread: &'a str,
    process: &'a str,
    at: Duration,
    address: u64,
    symbol: &'a str,
    object: &'a str,
}

fn samples(text: &str, programs: &Path) -> Result<Vec<Sample>> {
    let mut mappings = HashMap::new();
    let mut lines = Vec::new();
    for line in text.lines() {
        if let Some((process, object, mapping)) = mapping(line) {
            mappings.insert((process, object), mapping);
        } else if let Some(line) = sample(line) {
            lines.push(line);
        }
    }
    let place = |line: &Line<'_>| {
        let is_looked_up = Path::new(line.object).starts_with(programs);
        let Mapping { start, offset } = mappings.get(&(line.process, line.object))?;
        line.address.checked_sub(*start).filter(|_| is_looked_up).map(|place| place + offset)
    };
    let mut places: HashMap<&str, Vec<u64>> = HashMap::new();
    for line in &lines {
        places.entry(line.object).or_default().extend(place(line));
    }
    let mut frames = HashMap::new();
    for (object, places) in places.into_iter().filter(|(_, places)| !places.is_empty()) {
        frames.insert(object, frames::at(Path::new(object), places)?);
    }
    let sample = |line: Line<'_>| {
        let frames = place(&line).and_then(|place| frames[line.object].get(&place).cloned());
        let alone = || vec![Frame { function: line.symbol.to_owned(), file: String::new() }];
        Sample {
            at: line.at,
            thread: line.thread.to_owned(),
            object: line.object.to_owned(),
            frames: frames.unwrap_or_else(alone),
        }
    };
    let mut samples: Vec<_> = lines.into_iter().map(sample).collect();
    samples.sort_by_key(|sample| sample.at);
    Ok(samples)
}

/// Process, file and place, of a line such as
/// `measure 7 1.000000000: PERF_RECORD_MMAP2 7/7: [0x5000(0x2000) @ 0x1000 fe:00 9 0]: r-xp /a/file`.
fn mapping(line: &str) -> Option<(&str, &str, Mapping)> {
    let (_, rest) = line.split_once("PERF_RECORD_MMAP")?;
    let (_, rest) = rest.split_once(' ')?;
    let (process, rest) = rest.split_once('/')?;
    let (_, rest) = rest.split_once("[0x")?;
    let (start, rest) = rest.split_once('(')?;
    let (_, rest) = rest.split_once("@ ")?;
    let (offset, rest) = rest.split_once(' ')?;
    let (_, object) = rest.split_once("r-xp ")?;
    let hex = |digits: &str| u64::from_str_radix(digits.trim_start_matches("0x"), 16).ok();
    Some((process, object, Mapping { start: hex(start)?, offset: hex(offset)? }))
}

/// A line such as `mc-worker  7  1.000000000:  ffff0000 do_syscall ([kernel.kallsyms])`.
fn sample(line: &str) -> Option<Line<'_>> {
    let (head, rest) = line.split_once(": ")?;
    let (head, time) = head.trim().rsplit_once(char::is_whitespace)?;
    let (thread, process) = head.trim_end().rsplit_once(char::is_whitespace)?;
    let (address, rest) = rest.trim_start().split_once(' ')?;
    let (symbol, object) = rest.rsplit_once(" (")?;
    let (seconds, nanos) = time.split_once('.')?;
    Some(Line {
        thread: thread.trim_end(),
        process,
        at: Duration::new(seconds.parse().ok()?, nanos.parse().ok()?),
        address: u64::from_str_radix(address, 16).ok()?,
        symbol,
        object: object.strip_suffix(')')?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_read() {
        let line = "mc-worker   71   12.000000345:  ffffffff81 do_sys call ([kernel.kallsyms])";
        let read = Line {
            thread: "mc-worker",
            process: "71",
            at: Duration::new(12, 345),
            address: 0xff_ffff_ff81,
            symbol: "do_sys call",
            object: "[kernel.kallsyms]",
        };
        assert_eq!(sample(line), Some(read));
        for other in ["", "mc-worker 71", "mc-worker 71 12.5: ", "mc-worker 71 noon: ff f (g)"] {
            assert_eq!(sample(other), None, "{other}");
        }
    }

    #[test]
    fn samples_are_in_order_and_named_by_perf_where_nothing_is_looked_up() {
        let text = "measure 7 1.000000000: PERF_RECORD_MMAP2 7/7: \
            [0x5000(0x2000) @ 0x1000 fe:00 9 0]: r-xp /a/file\n\
            measure 7 3.000000000: 5010 late (/a/file)\n\
            measure 7 2.000000000: 5020 early (/a/file)\n";
        let samples = samples(text, Path::new("/another")).unwrap();
        let names: Vec<_> = samples.iter().map(|sample| &*sample.frames[0].function).collect();
        assert_eq!(names, ["early", "late"]);
    }

    #[test]
    fn a_mapping_of_code_is_read_and_no_other() {
        let of = |permissions: &str| {
            format!(
                "measure 7 1.000000000: PERF_RECORD_MMAP2 7/9: \
                 [0x5000(0x2000) @ 0x1000 fe:00 9 0]: {permissions} /a/file"
            )
        };
        let read = Some(("7", "/a/file", Mapping { start: 0x5000, offset: 0x1000 }));
        assert_eq!(mapping(&of("r-xp")), read);
        assert_eq!(mapping(&of("r--p")), None);
    }
}
