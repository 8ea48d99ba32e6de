//! The bounds at a glance: the part of its bound that each row of the short table takes.

use std::iter::once;

use anyhow::Result;
use plotters::prelude::*;

use crate::row::Row;

/// Beyond this, a bar is cut off.
const MOST: f64 = 2.0;
const KEPT: RGBColor = RGBColor(0x30, 0x80, 0x60);
const MISSED: RGBColor = RGBColor(0xd0, 0x50, 0x20);

/// The rows that have a bound, from top to bottom, each with a bar that ends at 1 where the bound is.
pub(crate) fn draw(rows: &[Row]) -> Result<String> {
    let short = rows.iter().rev().filter(|row| row.is_short());
    let bars: Vec<_> = short.filter_map(|row| Some((row, row.share_of_bound()?))).collect();
    let (count, mut svg) = (bars.len() as u32, String::new());
    let root = SVGBackend::with_string(&mut svg, (900, 80 + 22 * count)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("What is taken of each bound", ("sans-serif", 18))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(560)
        .build_cartesian_2d(0.0..MOST, (0..count.saturating_sub(1)).into_segmented())?;
    let label = |at: &SegmentValue<u32>| match at {
        SegmentValue::CenterOf(nth) => bars.get(*nth as usize),
        _ => None,
    };
    let label = |at: &_| {
        label(at).map_or_else(String::new, |(row, share)| format!("{}: {share:.2}", row.what))
    };
    let mut mesh = chart.configure_mesh();
    mesh.disable_mesh().x_labels(5).y_labels(bars.len()).y_label_formatter(&label).draw()?;
    chart.draw_series(bars.iter().zip(0..).map(|((_, share), nth)| {
        let color = if *share <= 1.0 { KEPT } else { MISSED };
        let corners = [
            (0.0, SegmentValue::Exact(nth)),
            (share.clamp(0.0, MOST), SegmentValue::Exact(nth + 1)),
        ];
        let mut bar = Rectangle::new(corners, color.filled());
        bar.set_margin(4, 4, 0, 0);
        bar
    }))?;
    let bound = [(1.0, SegmentValue::Exact(0)), (1.0, SegmentValue::Last)];
    chart.draw_series(once(PathElement::new(bound, BLACK)))?;
    root.present()?;
    drop((chart, root));
    Ok(svg)
}
