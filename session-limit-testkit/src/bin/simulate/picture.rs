//! The picture of sessions held and sessions counted over time, with a panel for each ledger.

use anyhow::{Context, anyhow};
use plotters::prelude::*;
use session_limit_testkit::sim::LedgerKind;

const SIZE: (u32, u32) = (900, 260);
const HEADER: i32 = 32;
const HELD_NAME: &str = "really held";
const COUNTED_NAME: &str = "counted by the ledger";
const HELD: RGBColor = RGBColor(0x20, 0x20, 0x20);
const COUNTED: RGBColor = RGBColor(0xd0, 0x50, 0x20);

/// The panel of one ledger.
pub(crate) struct Panel {
    pub(crate) ledger: LedgerKind,
    /// The time, the sessions really held then, and those counted.
    pub(crate) points: Vec<(f64, u32, u32)>,
}

/// Draws the picture as SVG. `names` are those of the two axes.
pub(crate) fn draw(panels: &[Panel], names: [&str; 2]) -> anyhow::Result<String> {
    let mut svg = String::new();
    {
        let height = SIZE.1 * u32::try_from(panels.len()).context("there are few panels")?;
        let root = SVGBackend::with_string(&mut svg, (SIZE.0, height)).into_drawing_area();
        root.fill(&WHITE).map_err(|error| anyhow!("{error}"))?;
        let points = panels.iter().flat_map(|panel| &panel.points);
        let highest = points.map(|(_, held, counted)| *held.max(counted)).max().unwrap_or(1);
        for (area, panel) in root.split_evenly((panels.len(), 1)).iter().zip(panels) {
            draw_panel(area, panel, highest, names).map_err(|error| anyhow!("{error}"))?;
        }
        root.present().map_err(|error| anyhow!("{error}"))?;
    }
    Ok(svg)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn draw_panel(
    area: &Area<'_>,
    panel: &Panel,
    highest: u32,
    [x_name, y_name]: [&str; 2],
) -> Result<(), Box<dyn std::error::Error>> {
    let end = panel.points.last().map_or(1.0, |(time, ..)| *time);
    // Above the chart, where nothing is drawn over.
    let (header, area) = area.split_vertically(HEADER);
    let title = format!("{} ledger", panel.ledger.name());
    header.draw(&Text::new(title, (50, 12), ("sans-serif", 18)))?;
    for (x, name, color) in [(350, COUNTED_NAME, COUNTED), (600, HELD_NAME, HELD)] {
        header.draw(&PathElement::new([(x, 22), (x + 24, 22)], color.stroke_width(2)))?;
        header.draw(&Text::new(name, (x + 32, 14), ("sans-serif", 14)))?;
    }
    let mut chart = ChartBuilder::on(&area)
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(50)
        .build_cartesian_2d(0.0..end, 0..highest + highest / 10)?;
    chart.configure_mesh().light_line_style(TRANSPARENT).x_desc(x_name).y_desc(y_name).draw()?;
    let mut line = |color: RGBColor, value: fn(&(f64, u32, u32)) -> u32| {
        let points = panel.points.iter().map(|point| (point.0, value(point)));
        chart.draw_series(LineSeries::new(points, color.stroke_width(2))).map(|_| ())
    };
    line(COUNTED, |(_, _, counted)| *counted)?;
    line(HELD, |(_, held, _)| *held)?;
    Ok(())
}
