//! Steps that are run one after the other, timed, and stop at the first failure.

use std::ffi::OsString;
use std::process::Command;
use std::time::{Duration, Instant};

/// The steps done so far.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(String, Duration)>,
}

impl Steps {
    /// Runs a command as the step `name`.
    pub(crate) fn command(&mut self, name: &str, command: &mut Command) -> Result<(), String> {
        let line = command_line(command);
        self.step(name, || match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{status}; to repeat it:\n  {line}")),
            Err(error) => Err(format!("{error}; to repeat it:\n  {line}")),
        })
    }

    /// Runs `work` as the step `name`.
    pub(crate) fn step(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        eprintln!("\n==> {name}");
        let start = Instant::now();
        let result = work();
        let duration = start.elapsed();
        result.map_err(|error| format!("step failed: {name}: {error}"))?;
        eprintln!("    {name}: {:.1} s", duration.as_secs_f64());
        self.done.push((name.to_owned(), duration));
        Ok(())
    }

    /// Prints every step with its duration.
    pub(crate) fn summarise(&self) {
        let total: Duration = self.done.iter().map(|(_, duration)| *duration).sum();
        eprintln!("\nAll {} steps passed:", self.done.len());
        for (name, duration) in &self.done {
            eprintln!("{:8.1} s  {name}", duration.as_secs_f64());
        }
        eprintln!("{:8.1} s  in all", total.as_secs_f64());
        if let Some((name, _)) = self.done.iter().max_by_key(|(_, duration)| *duration) {
            eprintln!("The longest: {name}");
        }
    }
}

/// The cargo that runs this program.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(arguments);
    command
}

/// The command as one types it in a shell, with the variables that it sets.
fn command_line(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        Some(format!("{}={}", name.to_string_lossy(), quoted(&value?.to_string_lossy())))
    });
    let program = std::path::Path::new(command.get_program()).file_name();
    let program = program.unwrap_or(command.get_program()).to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| quoted(&argument.to_string_lossy()));
    variables.chain([program]).chain(arguments).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_tells_how_to_repeat_it() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exit 3"]).env("FLAGS", "-D x");
        let error = Steps::default().command("the third", &mut command).unwrap_err();
        assert!(error.contains("the third") && error.contains("exit status: 3"), "{error}");
        assert!(error.ends_with("FLAGS='-D x' sh -c 'exit 3'"), "{error}");
    }

    #[test]
    fn only_what_has_passed_is_summarised() {
        let mut steps = Steps::default();
        steps.step("good", || Ok(())).unwrap();
        steps.step("bad", || Err("no".into())).unwrap_err();
        assert_eq!(steps.done.len(), 1);
    }
}
