//! Rows as Markdown.

use comfy_table::{CellAlignment, Table, presets};

use crate::row::{Bound, Row, quartiles};

const HEADER: [&str; 8] =
    ["", "median", "middle half", "next to", "its median", "ratio", "bound", "met"];

pub(crate) fn table<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(HEADER);
    for row in rows {
        let show = |value| format!("{} {}", number(value), row.unit).trim_end().to_owned();
        let has_peer = |text: String| if row.peer.is_empty() { String::new() } else { text };
        let ([low, median, high], ratio) = (quartiles(&row.ours), row.ratio());
        let half = format!("{} … {}", number(low), number(high));
        let digits = if ratio[1] < 0.1 { 4 } else { 2 };
        let [least, ratio, most] = ratio.map(|ratio| format!("{ratio:.digits$}"));
        let bound = row.bound.map(|bound| match bound {
            Bound::Times(times) => format!("≤ {times}"),
            Bound::More(more) => format!("≤ + {}", show(more)),
            Bound::Most(most) => format!("≤ {}", show(most)),
        });
        table.add_row([
            row.what.clone(),
            show(median),
            if low < high { half } else { String::new() },
            row.peer.clone(),
            has_peer(show(quartiles(&row.theirs)[1])),
            has_peer(format!("{ratio} ({least} … {most})")),
            bound.unwrap_or_default(),
            row.is_met().map_or("", |is_met| if is_met { "yes" } else { "**no**" }).to_owned(),
        ]);
    }
    for column in [1, 2, 4, 5, 6] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn number(value: f64) -> String {
    match value {
        value if value.is_nan() => "–".to_owned(),
        value if value >= 100.0 || value == value.round() => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
