//! A network as a diagram: its layers from top to bottom, with their shapes and parameters.
//!
//! Layers stand in one column, in the order they run. A value that is read later than by the next layer
//! leaves the column to the right and comes back in a lane of its own, so no line ever crosses a layer. One
//! column is narrow enough for a telephone.

use std::fmt::Write;

use inkdigit::inspect;
use inkdigit_nn::{Graph, Node, Op, Shape, Value};

use crate::markup::{Escaped, shortened};
use crate::words;

mod lanes;

use lanes::Lanes;

/// How wide a layer's box is.
const BOX: usize = 320;
/// Where its left edge is.
const LEFT: usize = 8;
/// The axis of the column.
const MIDDLE: usize = LEFT + BOX / 2;
/// A box of two lines: layers that have parameters or change the shape.
const TALL: usize = 50;
/// A box of one line.
const LOW: usize = 28;
/// Sums and products are circles of this radius.
const RADIUS: usize = 12;
/// The distance of layers that pass the shape on as it is.
const GAP: usize = 20;
/// The same with the shape written beside the arrow.
const SHAPE_GAP: usize = 42;
/// The same before a layer that doesn't go on from the one above it.
const BRANCH_GAP: usize = 60;
/// Between the boxes and the first lane, and between lanes.
const LANE: usize = 14;
/// How far below a layer a line turns into its lane.
const TURN: usize = 7;
/// How far above a layer a line comes back from its lane: an arrow's length.
const RETURN: usize = 14;
/// The largest side of a map in the little picture of a shape.
const MAP: usize = 26;
/// Characters of a layer's name that fit beside the rest.
const NAME: usize = 20;

/// Colours that are mid-way between black and white, so that they show on light and dark ground, and that
/// people with any kind of colour blindness can tell apart (after Okabe and Ito, "Color Universal Design",
/// 2008); the words in the box say the same.
const STYLE: &str = "\
.inkdigit-net text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:currentColor}\
.inkdigit-net .name{font-weight:600}\
.inkdigit-net .end{text-anchor:end}\
.inkdigit-net .line{fill:none;stroke:currentColor;stroke-width:1.5;stroke-opacity:.7}\
.inkdigit-net .tip{fill:currentColor;fill-opacity:.8}\
.inkdigit-net .map{fill:currentColor;fill-opacity:.22;stroke:currentColor;stroke-opacity:.6}\
.inkdigit-net .op{fill-opacity:.16;stroke-width:1.5}\
.inkdigit-net .convolution{fill:#3b8fd6;stroke:#3b8fd6}\
.inkdigit-net .dense{fill:#d97a1c;stroke:#d97a1c}\
.inkdigit-net .pooling{fill:#1f9e77;stroke:#1f9e77}\
.inkdigit-net .normalisation{fill:#b97fc9;stroke:#b97fc9}\
.inkdigit-net .other{fill:#8a8a8a;stroke:#8a8a8a}";

/// A network as an SVG element, to stand inside an HTML page: text and lines take the colour of the text
/// around it (`currentColor`), so it shows on light and dark. It is 360 to 400 pixels wide, more only where
/// there are many branches, and shrinks with its surroundings.
///
/// `name` is what the network is called for those who can't see it.
pub fn svg(name: &str, graph: &Graph) -> String {
    Diagram::new(graph).to_svg(name, "")
}

/// As [`svg`], for a file of its own: with the ground and colours of the reader's choice of light or dark.
pub fn svg_file(name: &str, graph: &Graph) -> String {
    let style = "svg{color:#1c1c1c;background:#fff}\
                 @media (prefers-color-scheme:dark){svg{color:#e8e8e8;background:#161616}}";
    Diagram::new(graph).to_svg(name, style)
}

/// Where a layer is.
#[derive(Clone, Copy)]
struct Place {
    top: usize,
    height: usize,
}

impl Place {
    fn bottom(self) -> usize {
        self.top + self.height
    }

    fn middle(self) -> usize {
        self.top + self.height / 2
    }
}

/// How a value comes to a layer that reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Down from the layer above.
    Straight,
    /// By its lane, and in from above.
    FromAbove,
    /// By its lane, and in from the side: a sum's second input.
    FromSide,
}

struct Diagram<'a> {
    graph: &'a Graph,
    /// Of the input, then of each node.
    places: Vec<Place>,
    lanes: Lanes,
}

impl<'a> Diagram<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut places = vec![Place { top: 4, height: LOW }];
        let mut bottom = 4 + LOW;
        for (index, node) in graph.nodes().iter().enumerate() {
            let gap = match ways(index, node).any(|(_, way)| way == Way::Straight) {
                false => BRANCH_GAP,
                true if tells_shape(graph, previous(index)) => SHAPE_GAP,
                true => GAP,
            };
            let place = Place { top: bottom + gap, height: height(node) };
            bottom = place.bottom();
            places.push(place);
        }
        Self { graph, places, lanes: Lanes::new(graph) }
    }

    fn place(&self, value: Value) -> Place {
        self.places[value.node().map_or(0, |node| node + 1)]
    }

    fn to_svg(&self, name: &str, style: &str) -> String {
        let nodes = self.graph.nodes();
        let last = self.place(self.graph.output()).bottom();
        let (width, height) = (2 * LEFT + BOX + LANE * self.lanes.count(), last + SHAPE_GAP);
        let title = format!(
            "{name}: {}, {}",
            words::counted(nodes.len(), "layer"),
            words::counted(inspect::parameters(self.graph), "parameter")
        );
        let title = Escaped(&title);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"inkdigit-net\" role=\"img\" \
             viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             style=\"max-width:100%;height:auto\" aria-label=\"{title}\"><title>{title}</title>\
             <style>{STYLE}{style}</style>"
        );
        // Lines first, so that layers stand on them.
        for (index, node) in nodes.iter().enumerate() {
            self.lines_into(&mut svg, index, node);
        }
        arrow(&mut svg, last, last + SHAPE_GAP - 6);
        for value in (0..=nodes.len()).map(&previous) {
            if tells_shape(self.graph, value) {
                shape(&mut svg, self.place(value).bottom(), self.graph.shape(value));
            }
        }
        let input = Place { top: 4, height: LOW };
        boxed(&mut svg, input, &Text { name: "input", kind: "pixels from 0 to 255", ..Text::default() });
        for (index, node) in nodes.iter().enumerate() {
            layer(&mut svg, self.place(Value::of_node(index)), node);
        }
        svg.push_str("</svg>");
        svg
    }

    fn lines_into(&self, svg: &mut String, index: usize, node: &Node) {
        let to = self.place(Value::of_node(index));
        for (value, way) in ways(index, node) {
            let from = self.place(value).bottom();
            if way == Way::Straight {
                arrow(svg, from, to.top);
                continue;
            }
            let lane = LEFT + BOX + LANE * (self.lanes.of(value) + 1);
            let out = format!("M{MIDDLE} {from}v{TURN}H{lane}");
            if way == Way::FromSide {
                let (y, tip) = (to.middle(), MIDDLE + RADIUS);
                line(svg, &format!("{out}V{y}H{}", tip + 6));
                let _ = write!(svg, "<path class=\"tip\" d=\"M{tip} {y}l8 -4.5v9z\"/>");
            } else {
                let turn = to.top - RETURN;
                line(svg, &format!("{out}V{turn}H{MIDDLE}"));
                arrow(svg, turn, to.top);
            }
        }
    }
}

/// The value that node `index` comes after.
fn previous(index: usize) -> Value {
    index.checked_sub(1).map_or(Value::INPUT, Value::of_node)
}

/// How each of a node's inputs comes to it.
fn ways(index: usize, node: &Node) -> impl Iterator<Item = (Value, Way)> {
    let mut above_is_free = !node.inputs.contains(&previous(index));
    let mut straight = false;
    node.inputs.iter().map(move |&value| {
        let way = if value == previous(index) && !std::mem::replace(&mut straight, true) {
            Way::Straight
        } else if std::mem::replace(&mut above_is_free, false) {
            Way::FromAbove
        } else {
            Way::FromSide
        };
        (value, way)
    })
}

/// Whether a value's shape is written below the layer that gives it: where it is new, and at the end.
fn tells_shape(graph: &Graph, value: Value) -> bool {
    value == graph.output()
        || value.node().is_none_or(|node| {
            let node = &graph.nodes()[node];
            node.input_shape != node.output_shape
        })
}

fn is_circle(op: &Op) -> bool {
    matches!(op, Op::Add | Op::Mul)
}

fn height(node: &Node) -> usize {
    match &node.op {
        op if is_circle(op) => 2 * RADIUS,
        _ if inspect::parameters_of(node) > 0 => TALL,
        _ => LOW,
    }
}

/// What layers are of one kind, by the name of their style.
fn family(op: &Op) -> &'static str {
    match op {
        Op::Conv2d(_) => "convolution",
        Op::Linear(_) => "dense",
        Op::MaxPool2d(_) | Op::AvgPool2d(_) | Op::GlobalAvgPool | Op::GlobalMaxPool => "pooling",
        Op::BatchNorm(_) | Op::Affine(_) | Op::Scale(_) => "normalisation",
        _ => "other",
    }
}

fn layer(svg: &mut String, place: Place, node: &Node) {
    let name = shortened(&node.name, NAME);
    // The whole name shows where a mouse rests on a layer.
    let _ = write!(svg, "<g><title>{}</title>", Escaped(&node.name));
    if is_circle(&node.op) {
        circle(svg, place, &name, &node.op);
    } else {
        let parameters = match inspect::parameters_of(node) {
            0 => String::new(),
            parameters => words::counted(parameters, "parameter"),
        };
        let (kind, family) = (&words::kind(&node.op), family(&node.op));
        boxed(svg, place, &Text { name: &name, kind, parameters: &parameters, family });
    }
    svg.push_str("</g>");
}

/// What is written in a box.
#[derive(Default)]
struct Text<'a> {
    name: &'a str,
    kind: &'a str,
    parameters: &'a str,
    family: &'a str,
}

fn boxed(svg: &mut String, Place { top, height }: Place, text: &Text) {
    let family = if text.family.is_empty() { "other" } else { text.family };
    // The upper line's base; a second one is for parameters.
    let base = top + 19;
    let (left, right) = (LEFT + 12, LEFT + BOX - 12);
    let _ = write!(
        svg,
        "<rect class=\"op {family}\" x=\"{LEFT}\" y=\"{top}\" width=\"{BOX}\" height=\"{height}\" rx=\"5\"/>\
         <text class=\"name\" x=\"{left}\" y=\"{base}\">{}</text>\
         <text class=\"end\" x=\"{right}\" y=\"{base}\">{}</text>",
        Escaped(text.name),
        Escaped(text.kind)
    );
    if !text.parameters.is_empty() {
        let _ = write!(
            svg,
            "<text class=\"end\" x=\"{right}\" y=\"{}\">{}</text>",
            base + 20,
            Escaped(text.parameters)
        );
    }
}

fn circle(svg: &mut String, place: Place, name: &str, op: &Op) {
    let y = place.middle();
    // The signs as lines: letters don't sit in a circle's middle in every font.
    let sign = if matches!(op, Op::Mul) { "m-4 -4l8 8m0 -8l-8 8" } else { "m-6 0h12m-6 -6v12" };
    let _ = write!(
        svg,
        "<circle class=\"op other\" cx=\"{MIDDLE}\" cy=\"{y}\" r=\"{RADIUS}\"/>\
         <path class=\"line\" d=\"M{MIDDLE} {y}{sign}\"/>\
         <text class=\"end\" x=\"{}\" y=\"{}\"><tspan class=\"name\">{}</tspan> {}</text>",
        MIDDLE - RADIUS - 8,
        y + 5,
        Escaped(name),
        Escaped(&words::kind(op))
    );
}

/// A shape below a layer: a little picture of it on the left of the arrow, words on the right.
fn shape(svg: &mut String, bottom: usize, shape: Shape) {
    let (y, right) = (bottom + SHAPE_GAP / 2, MIDDLE - 14);
    let _ = match shape {
        Shape::Map { channels, height, width } => {
            let longest = height.max(width).max(1);
            // As large as the input's map would be drawn, never too small to be seen.
            let side = |size: usize| (size * MAP / longest.max(MAP)).max(3);
            let (width, height) = (side(width), side(height));
            (0..channels.min(3)).rev().try_for_each(|sheet| {
                let (left, top) = (right - width - 3 * sheet, (y - height / 2).saturating_sub(2 * sheet));
                write!(
                    svg,
                    "<rect class=\"map\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>"
                )
            })
        }
        Shape::Features(features) => {
            let length = 6 + 6 * features.max(1).ilog2() as usize;
            let left = right - length.min(MIDDLE - LEFT - 20);
            write!(
                svg,
                "<rect class=\"map\" x=\"{left}\" y=\"{}\" width=\"{}\" height=\"5\"/>",
                y - 2,
                right - left
            )
        }
    };
    let _ = write!(svg, "<text x=\"{}\" y=\"{}\">{}</text>", MIDDLE + 14, y + 5, words::shape(shape));
}

fn line(svg: &mut String, path: &str) {
    let _ = write!(svg, "<path class=\"line\" d=\"{path}\"/>");
}

/// An arrow down the column's axis.
fn arrow(svg: &mut String, from: usize, to: usize) {
    line(svg, &format!("M{MIDDLE} {from}V{}", to - 6));
    let _ = write!(svg, "<path class=\"tip\" d=\"M{MIDDLE} {to}l-4.5 -8h9z\"/>");
}

#[cfg(test)]
mod tests;
