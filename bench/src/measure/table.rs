//! The rows, to be read: as Markdown.

use comfy_table::{CellAlignment, Table, presets};

use crate::figures::{Bound, Row, Spread, Unit};

/// The short table, or that of all rows.
pub(crate) fn table<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([
        "",
        "median",
        "middle half",
        "next to",
        "its median",
        "ratio",
        "bound",
        "met",
    ]);
    for row in rows {
        let (of_peer, median, ratio) = match &row.peer {
            None => (String::new(), String::new(), String::new()),
            Some(peer) => (peer.what.clone(), show(row.unit, peer.value.median), times(peer.ratio)),
        };
        let met = row.is_met().map_or("", |met| if met { "yes" } else { "**no**" });
        table.add_row([
            row.what.clone(),
            show(row.unit, row.value.median),
            half(row),
            of_peer,
            median,
            ratio,
            row.bound.map_or_else(String::new, |bound| limit(row.unit, bound)),
            met.to_owned(),
        ]);
    }
    for column in [1, 2, 4, 5, 6] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn show(unit: Unit, value: f64) -> String {
    let number = match value {
        value if value.is_nan() => return "–".to_owned(),
        value if value >= 100.0 || value == value.round() => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    };
    match unit {
        Unit::Microseconds => format!("{number} µs"),
        Unit::Milliseconds => format!("{number} ms"),
        Unit::Mebibytes => format!("{number} MiB"),
        Unit::PerSecond => format!("{number} /s"),
        Unit::Percent => format!("{number} %"),
        Unit::RoundTrips => number,
    }
}

fn half(row: &Row) -> String {
    let Spread { low, high, .. } = row.value;
    if low == high {
        return String::new();
    }
    format!("{} … {}", show(Unit::RoundTrips, low), show(Unit::RoundTrips, high))
}

fn times(Spread { low, median, high }: Spread) -> String {
    let digits = if median < 0.1 { 4 } else { 2 };
    format!("{median:.digits$} ({low:.digits$} … {high:.digits$})")
}

fn limit(unit: Unit, bound: Bound) -> String {
    match bound {
        Bound::Times(times) => format!("≤ {times}"),
        Bound::More(more) => format!("≤ + {}", show(unit, more)),
        Bound::Most(most) => format!("≤ {}", show(unit, most)),
    }
}
