//! A memcached for one test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use tempfile::TempDir;

use crate::PATIENCE;

/// A running server, which ends when the value is dropped.
pub struct Server {
    child: Child,
    port: u16,
    /// The port where it speaks without TLS, whatever it does at `port`.
    plain_port: u16,
    arguments: Vec<String>,
    folder: TempDir,
}

impl Server {
    /// Starts a server.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a server with these arguments on top.
    #[must_use]
    pub fn start_with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let arguments: Vec<_> = arguments.iter().map(|text| (*text).to_owned()).collect();
        let (child, port, plain_port) = spawn(&arguments, None, folder.path());
        Self { child, port, plain_port, arguments, folder }
    }

    /// Starts a server whose items have at most so many bytes.
    #[must_use]
    pub fn start_with_items(bytes: u32, arguments: &[&str]) -> Self {
        let (item, chunk) = (bytes.to_string(), format!("slab_chunk_max={}", eight_kilobytes()));
        Self::start_with(&[&["-I", &item, "-o", &chunk], arguments].concat())
    }

    /// The port at which it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its host and port.
    #[must_use]
    pub fn node(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its address as a setting names it, without TLS.
    #[must_use]
    pub fn url(&self) -> String {
        format!("memcached://{}", self.node())
    }

    /// The id of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stops the server where it stands, and returns when it has stopped. The kernel goes on taking
    /// connections and bytes for it.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
        let (_, status) = waitpid(Some(self.pid()), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(status.stopped(), "the server has ended");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it and starts it again, on the same port and with nothing in it.
    pub fn restart(&mut self) {
        self.kill();
        (self.child, _, self.plain_port) =
            spawn(&self.arguments, Some(self.port), self.folder.path());
    }

    /// Empties it.
    pub fn flush(&self) {
        let mut connection = TcpStream::connect(("127.0.0.1", self.plain_port)).unwrap();
        connection.write_all(b"flush_all\r\n").unwrap();
        let mut answer = [0; 4];
        connection.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"OK\r\n");
    }

    /// The keys and values of all its items; `None` if the server has ended.
    pub fn contents(&mut self) -> Option<Vec<u8>> {
        if self.child.try_wait().unwrap().is_some() {
            return None;
        }
        let connection = TcpStream::connect(("127.0.0.1", self.plain_port)).unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut connection = BufReader::new(connection);
        let mut keys = Vec::new();
        let mut item = first_of_dump(&mut connection);
        while let Some((key, _)) = item.strip_prefix("key=").and_then(|item| item.split_once(' ')) {
            keys.push(decoded(key));
            item = read_line(&mut connection);
        }
        assert_eq!(item, "END\r\n");
        let mut contents = Vec::new();
        for key in keys {
            connection.get_mut().write_all(format!("mg {key} v\r\n").as_bytes()).unwrap();
            // An item may have expired in the meantime.
            if let Some(length) = read_line(&mut connection).strip_prefix("VA ") {
                let mut value = vec![0; length.trim_end().parse::<usize>().unwrap() + 2];
                connection.read_exact(&mut value).unwrap();
                contents.extend([key.as_bytes(), b" ", &value].concat());
            }
        }
        Some(contents)
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    line
}

/// Asks for the list of all items. It asks again while memcached's own crawler is at work, because
/// nobody is told of its end.
fn first_of_dump(connection: &mut BufReader<TcpStream>) -> String {
    let start = Instant::now();
    loop {
        connection.get_mut().write_all(b"lru_crawler metadump all\r\n").unwrap();
        let line = read_line(connection);
        if !line.starts_with("BUSY") {
            return line;
        }
        assert!(start.elapsed() < PATIENCE, "the crawler does not come to an end");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A key as it was before memcached escaped it for a list.
fn decoded(key: &str) -> String {
    let mut parts = key.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |key, part| {
        let byte = u8::from_str_radix(&part[..2], 16).unwrap();
        format!("{key}{}{}", char::from(byte), &part[2..])
    })
}

/// The size of the largest chunk, as this memcached wants to be told. Older ones take it in bytes.
/// Newer ones take kilobytes, and refuse a number that is too large.
fn eight_kilobytes() -> &'static str {
    let mut version = Command::new("memcached");
    version.args(["-o", "slab_chunk_max=8192", "-V"]).stdout(Stdio::null()).stderr(Stdio::null());
    if version.status().is_ok_and(|status| status.success()) { "8192" } else { "8" }
}

/// Starts a server and waits until it listens. Without a `port`, the kernel chooses one. Returns
/// the port, and the one where the server speaks without TLS.
fn spawn(arguments: &[String], port: Option<u16>, folder: &Path) -> (Child, u16, u16) {
    let file = folder.join("port");
    let _ = std::fs::remove_file(&file);
    let speaks_tls = arguments.iter().any(|argument| argument == "-Z");
    let addresses = if speaks_tls { "127.0.0.1,notls:127.0.0.1:-1" } else { "127.0.0.1" };
    let mut child = Command::new("memcached")
        .args(["-l", addresses, "-t", "2", "-p", &port.map_or("-1".into(), |p| p.to_string())])
        // Said only for root, who has to name the user to run as.
        .args(["-u", "root"])
        .args(arguments)
        .env("MEMCACHED_PORT_FILENAME", &file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program `memcached` has to be installed: `cargo xtask test` installs it");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let mut ports = text.lines().filter_map(|line| line.strip_prefix("TCP INET: "));
        // The file appears when all of it is written, in the order of the addresses.
        if let Some(first) = ports.next() {
            let plain = ports.next().unwrap_or(first);
            return (child, first.parse().unwrap(), plain.parse().unwrap());
        }
        if let Some(status) = child.try_wait().unwrap() {
            panic!("memcached ended at its start: {status}");
        }
        assert!(Instant::now() < deadline, "memcached does not listen");
        std::thread::sleep(Duration::from_millis(2)); // there is nothing to wait on but the file
    }
}
