//! Curves and bars as SVG elements for HTML pages.
//!
//! Plotters draws them in colours that stand for parts; these are then replaced by `currentColor` and CSS
//! variables, so that one picture shows on light and dark. The variables have fallbacks, for a picture on its own.

use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

use crate::markup::Escaped;

mod log_axis;
mod reliability;

use log_axis::LogAxis;

pub use reliability::reliability_diagram;

/// A picture's size: small enough that its text is legible when it shrinks to a telephone's width.
const WIDTH: u32 = 480;
const HEIGHT: u32 = 300;
/// The height of letters.
const LETTERS: u32 = 18;
/// Plotters knows whole numbers alone: so many of them are a pixel, for lines without steps.
const PIXEL: u32 = 8;

/// Colours of lines that people with any kind of colour blindness can tell apart, for light ground and as
/// fallbacks (Okabe and Ito, "Color Universal Design", 2008).
pub const SERIES: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#666666"];
/// The same for dark ground, where they must be lighter.
pub const SERIES_ON_DARK: [&str; 7] =
    ["#56b4e9", "#f0803c", "#2fc898", "#e39ac3", "#f0e442", "#9ad4f5", "#a8a8a8"];

/// What stands for text and axes while Plotters draws, and for the grid.
const INK: RGBColor = RGBColor(1, 1, 1);
const GRID: RGBColor = RGBColor(2, 2, 2);

/// What stands for a line's colour; there are so many colours, then they begin again.
fn series(number: usize) -> RGBColor {
    RGBColor(3, 3, (number % SERIES.len()) as u8)
}

/// How values become heights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Over the range of the values.
    Linear,
    /// From 0.
    FromZero,
    /// By orders of magnitude; what isn't above 0 is left out.
    Logarithmic,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its points, from left to right.
    pub points: Vec<(f64, f64)>,
    /// The place of its colour in [`SERIES`].
    pub colour: usize,
    /// Whether its points are marked, too: where they are few, and to tell lines apart without colours.
    pub marked: bool,
}

/// A picture with lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart<'a> {
    /// What it shows, for those who can't see it.
    pub description: String,
    /// What its width stands for.
    pub x_label: &'a str,
    /// How values become heights.
    pub scale: Scale,
    /// What follows numbers at the left.
    pub unit: &'a str,
    /// The lines.
    pub lines: Vec<Line>,
}

impl Chart<'_> {
    /// The picture as an SVG element; none if there is no point that can be shown.
    pub fn to_svg(&self) -> Option<String> {
        let shown = |&(x, y): &(f64, f64)| {
            x.is_finite() && y.is_finite() && (self.scale != Scale::Logarithmic || y > 0.0)
        };
        let lines: Vec<Line> = self
            .lines
            .iter()
            .map(|line| Line { points: line.points.iter().copied().filter(shown).collect(), ..line.clone() })
            .filter(|line| !line.points.is_empty())
            .collect();
        let points = || lines.iter().flat_map(|line| &line.points);
        let right = points().map(|(x, _)| *x).fold(f64::NEG_INFINITY, f64::max);
        let low = points().map(|(_, y)| *y).fold(f64::INFINITY, f64::min);
        let high = points().map(|(_, y)| *y).fold(f64::NEG_INFINITY, f64::max);
        if low > high {
            return None;
        }
        let x = 0.0..right.max(f64::MIN_POSITIVE);
        let svg = match self.scale {
            Scale::Logarithmic => {
                let y = LogAxis(low / 1.2..high * 1.2);
                draw(|area| self.draw(area, &lines, x, y))
            }
            Scale::FromZero => {
                draw(|area| self.draw(area, &lines, x, 0.0..(1.1 * high).max(f64::MIN_POSITIVE)))
            }
            Scale::Linear => {
                // Equal values have room around them too.
                let room = (0.06 * (high - low)).max(1e-3 * high.abs()).max(f64::MIN_POSITIVE);
                draw(|area| self.draw(area, &lines, x, low - room..high + room))
            }
        };
        Some(element(&svg, &self.description))
    }

    fn draw<Y>(
        &self,
        area: &DrawingArea<SVGBackend<'_>, Shift>,
        lines: &[Line],
        x: std::ops::Range<f64>,
        y: impl AsRangedCoord<CoordDescType = Y, Value = f64>,
    ) -> Drawn
    where
        Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        // No marks between the epochs where there are few.
        let marks = if x.end <= 6.0 { x.end.ceil() as usize + 1 } else { 7 };
        let mut chart = room(area).build_cartesian_2d(x, y)?;
        let format_y = |value: &f64| format!("{}{}", number(*value), self.unit);
        mesh(&mut chart, self.x_label, marks, &format_y)?;
        for line in lines {
            let colour = series(line.colour);
            chart
                .draw_series(LineSeries::new(line.points.iter().copied(), colour.stroke_width(2 * PIXEL)))?;
            if line.marked {
                let marks = line.points.iter().map(|&point| Circle::new(point, 3 * PIXEL, colour.filled()));
                chart.draw_series(marks)?;
            }
        }
        Ok(())
    }
}

type Drawn = Result<(), Box<dyn std::error::Error>>;

/// The room around a picture for its labels.
fn room<'a, 'b>(area: &'a DrawingArea<SVGBackend<'b>, Shift>) -> ChartBuilder<'a, 'b, SVGBackend<'b>> {
    let mut builder = ChartBuilder::on(area);
    builder
        .margin_top(10 * PIXEL)
        .margin_right(20 * PIXEL)
        .x_label_area_size(52 * PIXEL)
        .y_label_area_size(72 * PIXEL);
    builder
}

/// Axes, grid and labels in the same form for all pictures.
fn mesh<X, Y>(
    chart: &mut ChartContext<'_, SVGBackend<'_>, Cartesian2d<X, Y>>,
    x_label: &str,
    x_marks: usize,
    format_y: &dyn Fn(&f64) -> String,
) -> Drawn
where
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let letters = ("sans-serif", LETTERS * PIXEL).into_font().color(&INK);
    chart
        .configure_mesh()
        .x_desc(x_label)
        .x_labels(x_marks)
        .y_labels(6)
        .x_label_formatter(&|value| number(*value))
        .y_label_formatter(&|value| format_y(value))
        .label_style(letters.clone())
        .axis_desc_style(letters)
        .axis_style(INK.mix(0.6).stroke_width(PIXEL))
        .bold_line_style(GRID.mix(0.9).stroke_width(PIXEL))
        .set_all_tick_mark_size(5 * PIXEL)
        .light_line_style(TRANSPARENT)
        .draw()?;
    Ok(())
}

/// A number in as few characters as tell it.
fn number(value: f64) -> String {
    let magnitude = if value == 0.0 { 0.0 } else { value.abs().log10() };
    if !(-4.0..6.0).contains(&magnitude) {
        return format!("{value:.1e}");
    }
    // Ticks are round, but for what binary fractions add: ten significant digits end before that.
    let text = format!("{value:.*}", (9.0 - magnitude.floor()).clamp(0.0, 12.0) as usize);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    match text {
        "-0" => "0".into(),
        text => text.into(),
    }
}

/// What is drawn on a new picture.
fn draw(draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> Drawn) -> String {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH * PIXEL, HEIGHT * PIXEL)).into_drawing_area();
        // The only failures there are: those of files, which there are none of, and of ranges without a point.
        draw(&area).and_then(|()| Ok(area.present()?)).expect("a picture is drawn into memory");
    }
    svg
}

/// Plotters' file as an element of a page: it shrinks with its surroundings, and takes their colours.
fn element(svg: &str, description: &str) -> String {
    let body = svg.split_once("<svg").and_then(|(_, rest)| rest.split_once('>')).map_or("", |(_, body)| body);
    let mut text = format!(
        "<svg class=\"plot\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {} {}\" \
         xmlns=\"http://www.w3.org/2000/svg\">{}",
        Escaped(description),
        WIDTH * PIXEL,
        HEIGHT * PIXEL,
        body.trim()
    );
    let hex = |RGBColor(r, g, b): RGBColor| format!("\"#{r:02X}{g:02X}{b:02X}\"");
    text = text.replace(&hex(INK), "\"currentColor\"").replace(&hex(GRID), "\"var(--grid, #d0d0d0)\"");
    for (number, colour) in SERIES.iter().enumerate() {
        text = text.replace(&hex(series(number)), &format!("\"var(--series-{number}, {colour})\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(scale: Scale, points: Vec<(f64, f64)>) -> Chart<'static> {
        let line = Line { points, colour: 1, marked: true };
        Chart { description: "loss & co".into(), x_label: "epoch", scale, unit: " %", lines: vec![line] }
    }

    #[test]
    fn a_chart_is_an_element_that_takes_the_colours_of_its_page() {
        let svg = chart(Scale::Linear, vec![(1.0, 90.0), (2.0, 95.0), (3.0, 99.0)]).to_svg().unwrap();
        assert!(
            svg.starts_with("<svg class=\"plot\" role=\"img\" aria-label=\"loss &amp; co\"")
                && svg.ends_with("</svg>")
        );
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(
            svg.contains("var(--series-1, #d55e00)") && svg.contains("currentColor") && svg.contains(" %")
        );
        // Nothing is left of what stood for colours.
        assert!(!svg.contains("\"#0"), "{svg}");
    }

    #[test]
    fn numbers_that_cannot_be_shown_are_left_out() {
        let points = vec![(1.0, f64::NAN), (2.0, 0.0), (3.0, 1e-3), (f64::INFINITY, 1.0)];
        assert_eq!(chart(Scale::Logarithmic, points.clone()).to_svg().unwrap().matches("<circle").count(), 1);
        assert_eq!(chart(Scale::Linear, points).to_svg().unwrap().matches("<circle").count(), 2);
        assert_eq!(chart(Scale::Linear, vec![(1.0, f64::NAN)]).to_svg(), None);
        assert_eq!(chart(Scale::Logarithmic, vec![]).to_svg(), None);
    }

    #[test]
    fn equal_values_and_extremes_are_drawn() {
        for scale in [Scale::Linear, Scale::FromZero, Scale::Logarithmic] {
            for value in [1e-300, 1e-9, 0.5, 1e12, 1e300] {
                assert!(
                    chart(scale, vec![(1.0, value), (2.0, value)]).to_svg().is_some(),
                    "{scale:?} {value}"
                );
            }
        }
        assert!(chart(Scale::FromZero, vec![(0.0, 0.0)]).to_svg().is_some());
        assert!(chart(Scale::Linear, vec![(1.0, -5.0), (2.0, 5.0)]).to_svg().is_some());
    }

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (99.5, "99.5"),
            (20000.0, "20000"),
            (1e-5, "1.0e-5"),
            (2e6, "2.0e6"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }
}
