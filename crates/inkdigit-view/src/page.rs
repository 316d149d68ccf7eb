//! An HTML page that needs nothing but itself: no network, no scripts, light and dark as the reader has it.

use std::fmt::{Display, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use inkdigit::IMAGE_SIDE;

use crate::markup::Escaped;
use crate::plots::{SERIES, SERIES_ON_DARK};

const STYLE: &str = include_str!("report/style.css");

/// A page as it is written.
pub(crate) struct HtmlPage {
    text: String,
}

impl HtmlPage {
    pub(crate) fn new(title: &str) -> Self {
        let title = Escaped(title);
        let text = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <link rel=\"icon\" href=\"data:,\">\n\
             <title>{title}</title>\n<style>\n{}</style>\n</head>\n<body>\n<h1>{title}</h1>\n",
            STYLE.replace("LIGHT", &colours(&SERIES)).replace("DARK", &colours(&SERIES_ON_DARK)),
        );
        Self { text }
    }

    /// Adds markup.
    pub(crate) fn add(&mut self, markup: impl Display) {
        writeln!(self.text, "{markup}").expect("memory takes all text");
    }

    pub(crate) fn heading(&mut self, heading: &str) {
        self.add(format_args!("<h2>{}</h2>", Escaped(heading)));
    }

    /// Says why something isn't there.
    pub(crate) fn gap(&mut self, why: &str) {
        self.add(format_args!("<p class=\"gap\">{}.</p>", Escaped(why.trim_end_matches('.'))));
    }

    pub(crate) fn finish(mut self, made_by: &str) -> String {
        self.add(format_args!("<footer>{}</footer>\n</body>\n</html>", Escaped(made_by)));
        self.text
    }
}

/// The variables of the lines' colours.
fn colours(colours: &[&str]) -> String {
    let variable = |(number, colour)| format!("  --series-{number}: {colour};");
    colours.iter().enumerate().map(variable).collect::<Vec<_>>().join("\n")
}

/// Lines and their names, below a picture with lines.
pub(crate) fn legend<'a>(lines: impl Iterator<Item = (&'a str, usize)>) -> String {
    let line = |(name, colour): (&str, usize)| {
        let colour = colour % SERIES.len();
        format!("<li><i style=\"--colour: var(--series-{colour})\"></i>{}</li>", Escaped(name))
    };
    format!("<ul class=\"legend\">{}</ul>", lines.map(line).collect::<String>())
}

/// A digit as an `img` element.
pub(crate) fn digit(pixels: &[u8], alt: &str) -> String {
    let mut png = Vec::new();
    let side = IMAGE_SIDE as u32;
    PngEncoder::new(&mut png)
        .write_image(pixels, side, side, ExtendedColorType::L8)
        .expect("pixels that fit their size are encoded into memory");
    format!(
        "<img src=\"data:image/png;base64,{}\" width=\"{side}\" height=\"{side}\" alt=\"{}\">",
        BASE64_STANDARD.encode(png),
        Escaped(alt)
    )
}

/// Names and values, as a list.
pub(crate) fn rows(rows: &[(String, String)]) -> String {
    let row =
        |(name, value): &(String, String)| format!("<dt>{}</dt><dd>{}</dd>", Escaped(name), Escaped(value));
    format!("<dl class=\"rows\">{}</dl>", rows.iter().map(row).collect::<String>())
}

/// A share with so many decimals of a percent.
pub(crate) fn percent(share: f64, decimals: usize) -> String {
    format!("{:.decimals$} %", 100.0 * share)
}
