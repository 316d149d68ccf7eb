//! The overview as an HTML page of its own.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use inkdigit::Prediction;

use super::Walkthrough;
use crate::canvas::Canvas;
use crate::markup::Escaped;
use crate::tiles::Range;
use crate::{layers, words};

/// How large the pictures of the page are.
const PICTURE: usize = 640;

const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#fff;--ink:#1c1c1c;--soft:#595959;--rule:#d9d9d9;--bar:#26708e}\
@media(prefers-color-scheme:dark){:root{--ground:#161616;--ink:#ececec;--soft:#b0b0b0;--rule:#3a3a3a;--bar:#5ec6d8}}\
*{box-sizing:border-box}\
body{margin:0 auto;padding:1.5rem 1rem 3rem;max-width:46rem;background:var(--ground);color:var(--ink);\
font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;overflow-wrap:anywhere}\
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .5rem}\
h2{font-size:1.15rem;margin:0}\
p{margin:.25rem 0 .75rem}\
.soft,figcaption{color:var(--soft)}\
ol{list-style:none;margin:2rem 0 0;padding:0}\
li{padding:1.25rem 0;border-top:1px solid var(--rule)}\
.shape{margin:0;color:var(--soft)}\
figure{margin:0}\
img{display:block;max-width:100%;height:auto;background:#fff;border-radius:3px}\
figcaption{font-size:.875rem;margin-top:.375rem}\
.legend{display:flex;align-items:center;gap:.5rem;font-variant-numeric:tabular-nums}\
.legend img{width:10rem;height:.75rem;flex:0 1 10rem;min-width:3rem}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
th,td{padding:.2rem .5rem .2rem 0;text-align:left;font-weight:400}\
th{width:2rem}\
td:last-child{width:4.5rem;text-align:right;padding-right:0}\
.bar{height:.8rem;min-width:1px;background:var(--soft);border-radius:2px}\
.read th,.read td{font-weight:700}\
.read .bar{background:var(--bar)}";

/// The way as one page that needs no other file, no network and no program: every layer in words, with its
/// picture, and the probabilities at the end. Light or dark as the reader has it.
pub fn html(way: &Walkthrough<'_>) -> String {
    let title = format!("{} through {}", way.image_name, way.model_name);
    let title = Escaped(&title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
         <p>{}</p>\n<p class=\"soft\">{}</p>\n<ol>\n",
        Escaped(&capitalised(&way.answer())),
        Escaped(&introduction(way)),
    );
    let legend = legend(way);
    let input = layers::input_tiles(way.digit, way.colors, 280);
    let step = Step {
        name: "input",
        shape: "1 map of 28×28",
        sentence: "The digit as the network is given it: pixels from 0, the ground, to 255, the ink.",
        picture: &input,
        alternative: "The digit, 28×28 pixels.",
        range: layers::input_style(way.colors).range,
        legend: &legend,
    };
    step.write(&mut page);
    for (node, values) in way.layers() {
        if let Some(filters) = way.filters.filter(|filters| filters.layer == node.name) {
            let [count, height, width] = filters.shape;
            let shape = format!("{} of {height}×{width} weights", words::counted(count, "filter"));
            Step {
                name: &format!("{}: its filters", node.name),
                shape: &shape,
                sentence: "What the next layer looks for at every place, as it was learned.",
                picture: &layers::filter_tiles(filters, way.colors, PICTURE),
                alternative: &format!("The weights of {}: {shape}.", node.name),
                range: layers::style(&filters.weights, way.colors).range,
                legend: &legend,
            }
            .write(&mut page);
        }
        let shape = words::shape(node.output_shape);
        Step {
            name: &node.name,
            shape: &format!("{}, {shape}", words::kind(&node.op)),
            sentence: &words::sentence(node),
            picture: &layers::tiles(node, values, way.colors, PICTURE),
            alternative: &format!("What {} gives: {shape}.", node.name),
            range: layers::style(values, way.colors).range,
            legend: &legend,
        }
        .write(&mut page);
    }
    probabilities(&mut page, way.prediction);
    page.push_str("</ol>\n</body>\n</html>\n");
    page
}

/// One step of the way.
struct Step<'a> {
    name: &'a str,
    shape: &'a str,
    sentence: &'a str,
    picture: &'a Canvas,
    alternative: &'a str,
    range: Range,
    legend: &'a str,
}

impl Step<'_> {
    fn write(&self, page: &mut String) {
        let _ = write!(
            page,
            "<li>\n<h2>{}</h2>\n<p class=\"shape\">{}</p>\n<p>{}</p>\n<figure>\n\
             <img src=\"{}\" width=\"{}\" height=\"{}\" alt=\"{}\">\n\
             <figcaption class=\"legend\">{} <img src=\"{}\" alt=\"to\"> {}</figcaption>\n</figure>\n</li>\n",
            Escaped(self.name),
            Escaped(self.shape),
            Escaped(self.sentence),
            data_url(self.picture),
            self.picture.width(),
            self.picture.height(),
            Escaped(self.alternative),
            words::short(self.range.low),
            self.legend,
            words::short(self.range.high),
        );
    }
}

/// What is to be said of the whole of it.
fn introduction(way: &Walkthrough<'_>) -> String {
    let nodes = way.graph.nodes();
    format!(
        "Below is what each of the network's {} makes of the image, from top to bottom: {} and {} for one image. \
         Every small square is one number, its colour says how large; the scale stands below each picture.",
        words::counted(nodes.len(), "layer"),
        words::counted(inkdigit::inspect::parameters(way.graph), "learned number"),
        words::counted(way.graph.multiply_adds() as usize, "multiplication"),
    )
}

/// The colours from the least to the largest number, as a picture.
fn legend(way: &Walkthrough<'_>) -> String {
    let mut bar = Canvas::filled(256, 1, [0; 3]);
    for (left, color) in way.colors.table().into_iter().enumerate() {
        bar.place(&Canvas::filled(1, 1, color), left, 0);
    }
    data_url(&bar)
}

fn probabilities(page: &mut String, prediction: &Prediction) {
    page.push_str(
        "<li>\n<h2>probabilities</h2>\n<p>The larger a digit's number at the end, the more probable it is: the \
         ten are turned into shares of 1 (softmax).</p>\n<table>\n",
    );
    for (digit, &probability) in prediction.probabilities.iter().enumerate() {
        let class = if digit == usize::from(prediction.digit) { " class=\"read\"" } else { "" };
        let _ = writeln!(
            page,
            "<tr{class}><th scope=\"row\">{digit}</th><td><div class=\"bar\" style=\"width:{:.1}%\"></div></td>\
             <td>{probability:.3}</td></tr>",
            probability.clamp(0.0, 1.0) * 100.0
        );
    }
    page.push_str("</table>\n</li>\n");
}

fn data_url(picture: &Canvas) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(picture.to_png()))
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or(String::new(), |first| first.to_uppercase().collect::<String>() + characters.as_str() + ".")
}
