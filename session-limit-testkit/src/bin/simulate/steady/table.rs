//! The table of figures of steady machines that is printed.

use comfy_table::{CellAlignment, Table, presets};
use session_limit_testkit::sim::LedgerKind;
use session_limit_testkit::sim::steady::{Exceeded, Tally};

use super::Run;

const HEADER: [&str; 12] = [
    "world",
    "ledger",
    "logins",
    "wrongly refused",
    "log's delay",
    "failed logins",
    "beyond",
    "above the limit",
    "for nobody, most",
    "on average",
    "above L1",
    "allowed",
];

/// The table of what happened, with three rows for each world.
pub(super) fn table(runs: &[Run]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(HEADER);
    let mut before = None;
    for run in runs {
        let is_same = before.replace(run.row) == Some(run.row);
        table.add_row(cells(run, is_same));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// The cells of a row. A world is named only in its first row.
fn cells(run: &Run, is_named: bool) -> [String; HEADER.len()] {
    let Tally { logins, wrongly_refused, above_limit, for_nobody, exceeded, .. } = &run.tally;
    let allowed = run.row.allowed.filter(|_| run.ledger == LedgerKind::Lease);
    [
        if is_named { String::new() } else { run.row.to_string() },
        run.ledger.name().to_owned(),
        logins.to_string(),
        wrongly_refused.sum().to_string(),
        wrongly_refused.log_delay.to_string(),
        wrongly_refused.failed_logins.to_string(),
        wrongly_refused.beyond.to_string(),
        above_limit.to_string(),
        for_nobody.most.to_string(),
        format!("{:.1}", for_nobody.mean),
        above(*exceeded),
        allowed
            .map(|allowed| judged(allowed.to_string(), allowed.allows(&run.tally)))
            .unwrap_or_default(),
    ]
}

fn judged(allowed: String, is_kept: bool) -> String {
    if is_kept { format!("{allowed}: kept") } else { format!("{allowed}: **exceeded**") }
}

/// The largest number of slots above a bound, and for how long.
fn above(exceeded: Exceeded) -> String {
    match exceeded.seconds {
        _ if exceeded.most == 0 => "0".to_owned(),
        0..60 => format!("{} for {} s", exceeded.most, exceeded.seconds),
        seconds => format!("{} for {} min", exceeded.most, seconds / 60),
    }
}
