//! `cargo xtask simulate steady`: worlds of one user's machines that log in all day.

mod table;

use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;
use session_limit_core::ledger::LeaseTimes;
use session_limit_testkit::sim::LedgerKind;
use session_limit_testkit::sim::steady::{Row, Tally, simulate};

use crate::arguments::SteadyArguments;
use crate::picture::{self, Panel};
use crate::run::side_by_side;
use crate::{check_writable, write};

/// One world on one ledger.
struct Run {
    row: Row,
    ledger: LedgerKind,
    tally: Tally,
    breaches: Vec<String>,
}

pub(crate) fn main(arguments: &SteadyArguments) -> anyhow::Result<ExitCode> {
    if let Some(path) = &arguments.svg {
        check_writable(path)?;
    }
    let runs = runs(arguments);
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&as_json(&runs))?);
    } else {
        println!("{}", table::table(&runs));
    }
    for run in &runs {
        if !run.breaches.is_empty() {
            let Run { row, ledger, breaches, .. } = run;
            eprintln!("{} broke its promises, {row}: {}", ledger.name(), breaches.join("; "));
        }
    }
    if let Some(path) = &arguments.svg {
        let first = runs.first().map(|run| run.row);
        let panels = runs.iter().filter(|run| Some(run.row) == first).map(panel);
        let names = ["hours", "sessions of the user"];
        write(path, &picture::draw(&panels.collect::<Vec<_>>(), names)?)?;
    }
    let is_good = runs.iter().all(|run| run.breaches.is_empty());
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Every world on every ledger.
fn runs(arguments: &SteadyArguments) -> Vec<Run> {
    let times = times(arguments);
    let mut rows = Row::first();
    if !arguments.first {
        rows.extend(Row::further());
    }
    if let Some(hours) = arguments.hours {
        let lasts = Duration::from_secs(hours * 60 * 60);
        rows.iter_mut().for_each(|row| row.traffic.lasts = lasts);
    }
    let on_all = |row| LedgerKind::ALL.map(|(ledger, _)| (row, ledger));
    let worlds: Vec<(Row, LedgerKind)> = rows.into_iter().flat_map(on_all).collect();
    side_by_side("steady", worlds.len() as u64, |number| {
        let (row, ledger) = worlds[number as usize];
        let tally = simulate(&row.traffic, ledger, row.times(times), arguments.seed);
        let breaches = row.breaches(ledger, &tally);
        Run { row, ledger, tally, breaches }
    })
}

fn times(arguments: &SteadyArguments) -> LeaseTimes {
    let mut times = LeaseTimes::default();
    if let Some(seconds) = arguments.login_time {
        times = times.with_login_time(Duration::from_secs(seconds));
    }
    if let Some(seconds) = arguments.skew {
        times = times.with_skew(Duration::from_secs(seconds));
    }
    times
}

fn panel(run: &Run) -> Panel {
    let points = run.tally.points.iter();
    let points = points.map(|point| (f64::from(point.second) / 3_600.0, point.held, point.counted));
    Panel { ledger: run.ledger, points: points.collect() }
}

fn as_json(runs: &[Run]) -> serde_json::Value {
    let as_json = |run: &Run| {
        let Run { row, ledger, tally, breaches } = run;
        let traffic = &row.traffic;
        let seconds = |time: Duration| time.as_secs_f64();
        json!({
            "world": {
                "logins_a_second": traffic.rate,
                "addresses": traffic.addresses,
                "session_seconds": seconds(traffic.session),
                "log_seconds_late": [seconds(traffic.delay.0), seconds(traffic.delay.1)],
                "limit": traffic.limit,
                "percent_failing": traffic.failures,
                "hours": seconds(traffic.lasts) / 3_600.0,
                "login_time_seconds": row.login_time.map(seconds),
            },
            "ledger": ledger.name(),
            "allowed": row.allowed.map(|allowed| allowed.to_string()),
            "figures": tally,
            "breaches": breaches,
        })
    };
    runs.iter().map(as_json).collect()
}
