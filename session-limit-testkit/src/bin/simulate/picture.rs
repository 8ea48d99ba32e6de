//! Sessions held and sessions counted over time, a panel for each ledger.

use anyhow::{Context, anyhow};
use plotters::prelude::*;
use session_limit_testkit::sim::{Config, Report, Sample};

const SIZE: (u32, u32) = (900, 260);
const HELD: RGBColor = RGBColor(0x20, 0x20, 0x20);
const COUNTED: RGBColor = RGBColor(0xd0, 0x50, 0x20);

/// The picture, as SVG.
pub(crate) fn draw(results: &[(Config, Report)]) -> anyhow::Result<String> {
    let mut svg = String::new();
    {
        let panels = u32::try_from(results.len()).context("there are few panels")?;
        let root = SVGBackend::with_string(&mut svg, (SIZE.0, SIZE.1 * panels)).into_drawing_area();
        root.fill(&WHITE).map_err(|error| anyhow!("{error}"))?;
        let highest = results
            .iter()
            .flat_map(|(_, report)| &report.samples)
            .map(|sample| sample.held.max(sample.counted))
            .max()
            .unwrap_or(1);
        for (area, (config, report)) in root.split_evenly((results.len(), 1)).iter().zip(results) {
            panel(area, config, &report.samples, highest).map_err(|error| anyhow!("{error}"))?;
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
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .caption(format!("{} ledger", config.ledger.name()), ("sans-serif", 18))
        .x_label_area_size(30)
        .y_label_area_size(50)
        .build_cartesian_2d(0.0..days, 0..highest + highest / 10)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("days")
        .y_desc("sessions of all users")
        .draw()?;
    let mut line = |name: &str, color: RGBColor, value: fn(&Sample) -> u32| {
        let points = samples.iter().map(|sample| (f64::from(sample.hour) / 24.0, value(sample)));
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2)));
        Ok::<_, Box<dyn std::error::Error>>(())
    };
    line("counted by the ledger", COUNTED, |sample| sample.counted)?;
    line("really held", HELD, |sample| sample.held)?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .border_style(HELD.mix(0.3))
        .draw()?;
    Ok(())
}
