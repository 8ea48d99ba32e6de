//! The tables of figures that are printed.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, Table, presets};
use session_limit_testkit::sim::{Config, OverAdmissions, Report, Stuck};

use crate::run::Outcome;

type Results = [(Config, Outcome)];

/// The figures of a report that have causes.
type ByCause = fn(&Report) -> BTreeMap<&'static str, String>;

/// The table of what happened, with a column for each ledger.
pub(crate) fn summary(results: &Results) -> Table {
    let mut table = table(results);
    let mut row = |name: &str, value: &dyn Fn(&Report) -> String| {
        let values = results.iter().map(|(_, outcome)| value(&outcome.report));
        table.add_row(std::iter::once(name.to_owned()).chain(values));
    };
    row("worlds", &|r| r.runs.to_string());
    row("logins", &|r| r.logins.to_string());
    row("  of them within one slot of the limit", &|r| percent(r.logins_near_limit, r.logins));
    row("sessions", &|r| r.sessions.to_string());
    row("admitted above the limit", &|r| r.over_admitted().to_string());
    row("  the most sessions above it", &|r| {
        r.over_admissions.values().map(|over| over.most).max().unwrap_or(0).to_string()
    });
    row("  of them reported as an overdraft", &|r| {
        percent(r.over_admissions.values().map(|over| over.reported).sum(), r.over_admitted())
    });
    row("refused rightly", &|r| r.right_refusals.to_string());
    row("refused although a slot was free", &|r| r.falsely_refused().to_string());
    row("slots taken for nothing, slot hours", &|r| {
        r.stuck.values().map(|stuck| stuck.slot_hours).sum::<u64>().to_string()
    });
    row("  for longer than promised", &|r| r.overdue_slots().to_string());
    row("sessions not counted, session hours", &|r| r.uncounted_hours.to_string());
    row("store operations a call", &|r| ratio(r.store_operations.0, r.calls));
    row("store operations a message", &|r| ratio(r.store_operations.1, r.messages));
    table
}

/// The table of causes. Below a row for what happened there is a row for each of its causes.
pub(crate) fn causes(results: &Results) -> Table {
    let mut table = table(results);
    let kinds: [(&str, ByCause); 6] = [
        ("admitted above the limit", |r| {
            let text = |over: &OverAdmissions| {
                format!("{} (by {} at most, {} reported)", over.count, over.most, over.reported)
            };
            r.over_admissions.iter().map(|(cause, over)| (*cause, text(over))).collect()
        }),
        ("admitted above the limit, but became no session", |r| counts(&r.admitted_in_vain)),
        ("not covered by a lease for a while", |r| counts(&r.uncovered)),
        ("refused although a slot was free", |r| counts(&r.false_refusals)),
        ("slot hours taken for nothing", |r| {
            let text = |stuck: &Stuck| format!("{} ({})", stuck.slot_hours, at_most(stuck.longest));
            r.stuck.iter().map(|(cause, stuck)| (*cause, text(stuck))).collect()
        }),
        ("it happened", |r| counts(&r.sometimes)),
    ];
    for (kind, values) in kinds {
        let columns: Vec<_> = results.iter().map(|(_, outcome)| values(&outcome.report)).collect();
        let mut causes: Vec<_> = columns.iter().flat_map(BTreeMap::keys).copied().collect();
        causes.sort_unstable();
        causes.dedup();
        if !causes.is_empty() {
            table.add_row([kind]);
        }
        for cause in causes {
            let cells = columns.iter().map(|column| column.get(cause).cloned().unwrap_or_default());
            table.add_row(std::iter::once(format!("  {cause}")).chain(cells));
        }
    }
    table
}

fn counts(by_cause: &BTreeMap<&'static str, u64>) -> BTreeMap<&'static str, String> {
    by_cause.iter().map(|(cause, count)| (*cause, count.to_string())).collect()
}

/// Words for the longest time that a slot was taken.
fn at_most(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s at most"),
        60..5_400 => format!("{} min at most", seconds / 60),
        _ => format!("{} h at most", seconds / 3_600),
    }
}

fn table(results: &Results) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let names = results.iter().map(|(config, _)| config.ledger.name());
    table.set_header(std::iter::once("").chain(names));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn percent(part: u64, whole: u64) -> String {
    let percent = (part * 100 + whole / 2).checked_div(whole);
    percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"))
}

#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
fn ratio(part: u64, whole: u64) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.2}", part as f64 / whole as f64) }
}
