//! The functions behind the Lambda Runtime API, beside the published way in Python and the same I/O with
//! nothing around it: how they start, how long they take to answer, and what they take up.

use std::iter::repeat_n;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use lambda_emulator::{Emulator, Function, Outcome, Reply, Stub};
use serde_json::json;
use session_limit_bench::logins::SERVER;
use session_limit_bench::payloads::{self, Form};
use session_limit_core::time::Timestamp;
use session_limit_harness::PATIENCE;
use session_limit_harness::memory::Memory;

use crate::measurement::{Measurement, Run, block_on, in_turn};
use crate::memcached::Memcached;
use crate::row::{Bound, Row, quantile};

const PASSWORD: &str = "correct horse battery staple";
const MEBIBYTE: f64 = (1 << 20) as f64;

/// Users who log in in turn. No reservation ends meanwhile, so there are many of them, lest the table of
/// each grows long.
const USERS: usize = 150;

/// Figures, with their bounds. That of the I/O is beside it only.
const FIGURES: [(&str, &str, Option<Bound>); 5] = [
    ("start to first poll", "ms", Some(Bound::Most(25.0))),
    ("its first event", "ms", None),
    ("memory when warm", "MiB", Some(Bound::Most(32.0))),
    ("warm, p50", "ms", Some(Bound::More(1.0))),
    ("warm, p99", "ms", Some(Bound::More(1.0))),
];
const IO: &str = "the same I/O, nothing else";

/// A program that answers events: a file in the folder of the functions or elsewhere, with a setting.
#[derive(Clone, Copy, Debug)]
struct Program {
    name: &'static str,
    file: &'static str,
    setting: (&'static str, &'static str),
}

const PYTHON: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/transfer-local/tests/e2e/python/bootstrap");

const fn ours(name: &'static str, ttl: &'static str) -> Program {
    Program { name, file: name, setting: ("SECRET_CACHE_TTL_SECONDS", ttl) }
}

const fn python(name: &'static str, handler: &'static str) -> Program {
    Program { name, file: PYTHON, setting: ("_HANDLER", handler) }
}

/// Ours, and then what it is compared with.
struct Case<const N: usize> {
    name: &'static str,
    programs: [Program; N],
    event: fn(usize) -> Result<String>,
    /// The events that make a function warm.
    warm_up: fn() -> Result<Vec<String>>,
}

const CACHED: Case<3> = Case {
    name: "get-user-config, a login, secret cached",
    programs: [
        ours("get-user-config", "3600"),
        Program { name: IO, file: "bare-function", setting: ("FETCHES", "no") },
        python("Python, boto3 client reused, secret cached", "baseline.cached"),
    ],
    event: |number| Ok(login(number % USERS)),
    // It has connected, and has the secret of each user. One more user logs in as often as any of them
    // will, since memcached takes up to a millisecond for the first value of a size, and tables grow.
    warm_up: || Ok((0..USERS).chain(repeat_n(USERS, 30)).map(login).collect()),
};

const FETCHED: Case<3> = Case {
    name: "get-user-config, a login, secret fetched",
    programs: [
        ours("get-user-config", "0"),
        Program { name: IO, file: "bare-function", setting: ("FETCHES", "yes") },
        python("Python, boto3 client reused", "baseline.reused"),
    ],
    ..CACHED
};

const DELIVERY: Case<2> = Case {
    name: "session-tracker, 4 messages delivered",
    programs: [
        ours("session-tracker", "60"),
        python("Python, a decr for each end and nothing else", "tracker.tracker"),
    ],
    event: |_| delivery(4),
    warm_up: || Ok(vec![delivery(10_000)?]),
};

const LONG_DELIVERY: Case<2> =
    Case { name: "session-tracker, 100 messages delivered", event: |_| delivery(100), ..DELIVERY };

pub(crate) fn all() -> Vec<Measurement> {
    let (logins, deliveries) = ([CACHED, FETCHED], [DELIVERY, LONG_DELIVERY]);
    logins.into_iter().map(Case::all).chain(deliveries.into_iter().map(Case::all)).collect()
}

impl<const N: usize> Case<N> {
    fn all(self) -> Measurement {
        Measurement::new(self.name, move |name, run| block_on(self.rows(name, run)))
    }

    async fn rows(&self, name: &str, run: &Run) -> Result<Vec<Row>> {
        let services = Services::start(run).await?;
        let starts: [_; N] = in_turn(run.turns(20, 2), async |nth| {
            let (event, start) = ((self.event)(0)?, Instant::now());
            let function = services.run(self.programs[nth]).await?;
            let (poll, start) = (millis(start), Instant::now());
            function.invoke(&event).await?;
            let first = millis(start);
            Ok([poll, first, self.warm(function).await?.end().await? as f64 / MEBIBYTE])
        })
        .await?;
        let (mut functions, mut numbers) = (Vec::new(), 0..);
        for program in self.programs {
            functions.push(self.warm(services.run(program).await?).await?);
        }
        let warm: [_; N] = in_turn(run.turns(2_000, 100), async |nth| {
            // What was before has nothing left to do.
            for function in &functions {
                function.ready().await?;
            }
            let event = (self.event)(numbers.next().unwrap_or_default())?;
            let start = Instant::now();
            functions[nth].invoke(&event).await?;
            Ok(millis(start))
        })
        .await?;
        let samples = |nth: usize, figure: usize| -> Vec<f64> {
            // A quantile of each fifth of the warm invocations.
            let fifths = warm[nth].chunks(warm[nth].len().div_ceil(5));
            match figure {
                0..=2 => starts[nth].iter().map(|start| start[figure]).collect(),
                3 => fifths.map(|fifth| quantile(fifth, 0.5)).collect(),
                _ => fifths.map(|fifth| quantile(fifth, 0.99)).collect(),
            }
        };
        let mut rows = Vec::new();
        for (figure, (what, unit, bound)) in FIGURES.into_iter().enumerate() {
            for (nth, peer) in self.programs.iter().enumerate().skip(1) {
                let (ours, theirs) = (samples(0, figure), samples(nth, figure));
                let row = Row::new(format!("{name}, {what}"), unit, &ours, peer.name, &theirs);
                let has_bound = peer.name == IO || !matches!(bound, Some(Bound::More(_)));
                rows.push(Row { bound: bound.filter(|_| has_bound), ..row });
            }
        }
        let size = run.programs.join(self.programs[0].file).metadata()?.len() as f64 / MEBIBYTE;
        let row = Row::new(format!("{name}, size of the program"), "MiB", &[size], "", &[]);
        rows.push(Row { bound: Some(Bound::Most(8.0)), ..row });
        Ok(rows)
    }

    async fn warm(&self, function: Running) -> Result<Running> {
        for event in (self.warm_up)()? {
            function.invoke(&event).await?;
        }
        Ok(function)
    }
}

/// A store and secrets.
struct Services {
    run: Run,
    cache: Memcached,
    secrets: Stub,
}

/// A function that runs. Ends with the value.
struct Running {
    emulator: Emulator,
    function: Function,
}

impl Services {
    async fn start(run: &Run) -> Result<Self> {
        let secrets = Stub::start(|_| Some(secret())).await?;
        Ok(Self { run: run.clone(), cache: Memcached::start(false), secrets })
    }

    /// Starts `program`, and waits until it asks for an event.
    async fn run(&self, program: Program) -> Result<Running> {
        let emulator = Emulator::start().await?;
        let (store, secrets) = (self.cache.node(), self.secrets.address());
        let settings: [(&str, &str); 7] = [
            ("STORE", &store),
            ("SESSION_STORE", &format!("memcached://{store}")),
            ("SECRETS", &secrets.to_string()),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &format!("http://{secrets}")),
            ("PATH", &self.run.python.display().to_string()),
            ("PYTHONPATH", concat!(env!("CARGO_MANIFEST_DIR"), "/python")),
            program.setting,
        ];
        let file = self.run.programs.join(program.file);
        let function = Function::start(&file, &emulator, &settings);
        let mut function = function.with_context(|| format!("{program:?}"))?;
        tokio::select! {
            () = emulator.ready(1) => {}
            _ = function.ended() => bail!("{program:?} ended: {}", function.log()),
        }
        Ok(Running { emulator, function })
    }
}

impl Running {
    /// Invokes it with `event`, which it has to answer.
    async fn invoke(&self, event: &str) -> Result<()> {
        let outcome = self.emulator.invoke(event).await;
        let is_good = matches!(&outcome, Outcome::Answer(answer) if answer != b"{}");
        ensure!(is_good, "{}\n{}", outcome.text(), self.function.log());
        Ok(())
    }

    /// Waits until it asks for an event.
    async fn ready(&self) -> Result<()> {
        let ready = tokio::time::timeout(PATIENCE, self.emulator.ready(1)).await;
        ready.with_context(|| format!("it asks for no more events: {}", self.function.log()))
    }

    /// Ends it, and waits until nothing is left of it. Tells the bytes that it had in memory.
    async fn end(mut self) -> Result<u64> {
        let memory = Memory::of(self.function.id().context("it has ended")?);
        self.function.kill().await?;
        Ok(memory.resident)
    }
}

/// The event of a login by password.
fn login(user: usize) -> String {
    json!({"username": format!("user-{user:05}"), "password": PASSWORD, "protocol": "SFTP",
        "serverId": SERVER, "sourceIp": "192.0.2.1"})
    .to_string()
}

/// The event that delivers so many log messages, of sessions that no other delivery is about.
fn delivery(count: usize) -> Result<String> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let first = NEXT.fetch_add(count.next_multiple_of(4), Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let now = Timestamp::from_millis(u64::try_from(now)?);
    Ok(payloads::event(Form::Structured, first..first + count, now))
}

/// Everybody's.
fn secret() -> Reply {
    let secret = json!({"Role": "arn:aws:iam::123456789012:role/transfer", "Password": PASSWORD,
        "HomeDirectory": "/bucket/home", "MaxSessionLimit": "10000"});
    let body = json!({"Name": "n", "VersionId": "v", "SecretString": secret.to_string()});
    Reply { status: "200 OK", body: body.to_string().into_bytes() }
}

fn millis(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
