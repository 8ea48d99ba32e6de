//! A process of a function.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::process::{Child, Command};

use crate::Emulator;

/// A process of a function, which ends when this is dropped.
#[derive(Debug)]
pub struct Function {
    child: Child,
    log: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Function {
    /// Starts `program` as Lambda would: with the variables that Lambda sets, those of
    /// `environment`, and no others.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(
        program: &Path,
        emulator: &Emulator,
        environment: &[(&str, &str)],
    ) -> io::Result<Self> {
        let mut child = Command::new(program)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", emulator.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", "test")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/test")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "test")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let log = Arc::<Mutex<String>>::default();
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            readers.push(collect(stdout.into_owned_fd()?.into(), Arc::clone(&log)));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.push(collect(stderr.into_owned_fd()?.into(), Arc::clone(&log)));
        }
        Ok(Self { child, log, readers })
    }

    /// Ends the process at once, as Lambda does at a deadline, and waits until it is gone.
    ///
    /// # Errors
    /// The system does not let us.
    pub async fn kill(&mut self) -> io::Result<()> {
        self.child.kill().await
    }

    /// Waits until the process ends by itself. Returns true if it was a success.
    ///
    /// # Errors
    /// The system does not let us.
    pub async fn ended(&mut self) -> io::Result<bool> {
        let status = self.child.wait().await?;
        self.read_to_the_end();
        Ok(status.success())
    }

    /// Ends the process at once and returns all that it has written: an answer may be faster than
    /// a line that was written before it.
    ///
    /// # Errors
    /// The system does not let us.
    pub fn end(mut self) -> io::Result<String> {
        self.child.start_kill()?;
        self.read_to_the_end();
        Ok(self.log())
    }

    /// Reads what a process that ends has left in its pipes.
    fn read_to_the_end(&mut self) {
        for reader in self.readers.drain(..) {
            // It fails only if it panics, and says so itself.
            let _ = reader.join();
        }
    }

    /// The number of the process, while it lives.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// The output of the process, as far as it has been read.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A thread, so that what is left can be read without a runtime.
fn collect(stream: File, log: Arc<Mutex<String>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while matches!(stream.read_until(b'\n', &mut line), Ok(1..)) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    })
}
