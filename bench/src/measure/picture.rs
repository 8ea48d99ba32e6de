//! The short table at a glance: what part of its bound each row takes.

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use crate::figures::Row;

const WIDTH: u32 = 900;
const LINE: u32 = 22;
const HEADER: u32 = 60;
/// Where the bars begin.
const LEFT: i32 = 560;
/// Beyond this, a bar is cut off.
const MOST: f64 = 2.0;
const KEPT: RGBColor = RGBColor(0x30, 0x80, 0x60);
const MISSED: RGBColor = RGBColor(0xd0, 0x50, 0x20);
const BOUND: RGBColor = RGBColor(0x20, 0x20, 0x20);

/// The rows that have a bound, each with a bar that ends at 1 where the bound is.
pub(crate) fn draw(rows: &[Row]) -> Result<String> {
    let bars: Vec<_> = rows
        .iter()
        .filter(|row| row.is_short())
        .filter_map(|row| Some((row, row.share_of_bound()?)))
        .collect();
    let mut svg = String::new();
    paint(&mut svg, &bars).map_err(|error| anyhow!("{error}"))?;
    Ok(svg)
}

fn paint(svg: &mut String, bars: &[(&Row, f64)]) -> Result<(), Box<dyn std::error::Error>> {
    let height = HEADER + LINE * u32::try_from(bars.len())? + LINE / 2;
    let root = SVGBackend::with_string(svg, (WIDTH, height)).into_drawing_area();
    root.fill(&WHITE)?;
    root.draw(&Text::new("What is taken of each bound", (20, 14), ("sans-serif", 18)))?;
    let scale = f64::from(WIDTH as i32 - LEFT - 60) / MOST;
    let x_of = |share: f64| LEFT + (share.clamp(0.0, MOST) * scale) as i32;
    let (bottom, end_of_scale) = (height as i32, x_of(MOST));
    for (at, label) in [(0.0, "0"), (1.0, "the bound"), (MOST, "twice")] {
        root.draw(&Text::new(label, (x_of(at) - 4, 36), ("sans-serif", 13)))?;
    }
    let mut y = HEADER as i32;
    for (row, share) in bars {
        let color = if *share <= 1.0 { KEPT } else { MISSED };
        let (top, end) = (y + 3, y + LINE as i32 - 4);
        root.draw(&Text::new(row.what.as_str(), (20, top + 1), ("sans-serif", 13)))?;
        root.draw(&Rectangle::new([(LEFT, top), (x_of(*share), end)], color.filled()))?;
        if *share > MOST {
            // It goes on.
            let gap = [(end_of_scale - 14, top), (end_of_scale - 10, end)];
            root.draw(&Rectangle::new(gap, WHITE.filled()))?;
        }
        // All in one column, where the line of the bound crosses none.
        let label = format!("{share:.2}");
        root.draw(&Text::new(label, (end_of_scale + 10, top + 1), ("sans-serif", 13)))?;
        y += LINE as i32;
    }
    let line = [(x_of(1.0), HEADER as i32 - 4), (x_of(1.0), bottom - 6)];
    root.draw(&PathElement::new(line, BOUND.stroke_width(1)))?;
    root.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{Bound, Spread, Unit};

    #[test]
    fn a_row_with_a_bound_has_a_bar() {
        let row = |what| Row::new("group", what, Unit::Milliseconds).value(Spread::exactly(30.0));
        let rows = [
            row("over it").bound(Bound::Most(25.0)).short(),
            row("not in the short table").bound(Bound::Most(35.0)),
            row("without a bound").short(),
        ];
        let svg = draw(&rows).unwrap();
        assert!(svg.contains("over it") && svg.contains("1.20"), "{svg}");
        assert!(!svg.contains("not in the short table") && !svg.contains("without"), "{svg}");
    }
}
