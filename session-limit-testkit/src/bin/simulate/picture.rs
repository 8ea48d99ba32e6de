//! Sessions held and sessions counted over time, a panel for each ledger.

use anyhow::{Context, anyhow};
use plotters::prelude::*;
use session_limit_testkit::sim::{Config, Sample};

use crate::run::Outcome;

const SIZE: (u32, u32) = (900, 260);
const HEADER: i32 = 32;
const HELD_NAME: &str = "really held";
const COUNTED_NAME: &str = "counted by the ledger";
const HELD: RGBColor = RGBColor(0x20, 0x20, 0x20);
const COUNTED: RGBColor = RGBColor(0xd0, 0x50, 0x20);

/// The picture, as SVG.
pub(crate) fn draw(results: &[(Config, Outcome)]) -> anyhow::Result<String> {
    let mut svg = String::new();
    {
        let panels = u32::try_from(results.len()).context("there are few panels")?;
        let root = SVGBackend::with_string(&mut svg, (SIZE.0, SIZE.1 * panels)).into_drawing_area();
        root.fill(&WHITE).map_err(|error| anyhow!("{error}"))?;
        let highest = results
            .iter()
            .flat_map(|(_, outcome)| &outcome.report.samples)
            .map(|sample| sample.held.max(sample.counted))
            .max()
            .unwrap_or(1);
        for (area, (config, outcome)) in root.split_evenly((results.len(), 1)).iter().zip(results) {
            panel(area, config, &outcome.report.samples, highest)
                .map_err(|error| anyhow!("{error}"))?;
        }
        root.present().map_err(|error| anyhow!("{error}"))?;
    }
    Ok(svg)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn panel(
    area: &Area<'_>,
    config: &Config,
    samples: &[Sample],
    highest: u32,
) -> Result<(), Box<dyn std::error::Error>> {
    let days = f64::from(samples.last().map_or(1, |sample| sample.hour)) / 24.0;
    // Above the chart, where nothing is drawn over.
    let (header, area) = area.split_vertically(HEADER);
    let title = format!("{} ledger", config.ledger.name());
    header.draw(&Text::new(title, (50, 12), ("sans-serif", 18)))?;
    for (x, name, color) in [(350, COUNTED_NAME, COUNTED), (600, HELD_NAME, HELD)] {
        header.draw(&PathElement::new([(x, 22), (x + 24, 22)], color.stroke_width(2)))?;
        header.draw(&Text::new(name, (x + 32, 14), ("sans-serif", 14)))?;
    }
    let mut chart = ChartBuilder::on(&area)
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(50)
        .build_cartesian_2d(0.0..days, 0..highest + highest / 10)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("days")
        .y_desc("sessions of all users")
        .draw()?;
    let mut line = |color: RGBColor, value: fn(&Sample) -> u32| {
        let points = samples.iter().map(|sample| (f64::from(sample.hour) / 24.0, value(sample)));
        chart.draw_series(LineSeries::new(points, color.stroke_width(2))).map(|_| ())
    };
    line(COUNTED, |sample| sample.counted)?;
    line(HELD, |sample| sample.held)?;
    Ok(())
}
