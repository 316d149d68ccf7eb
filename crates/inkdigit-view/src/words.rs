//! Layers and shapes in words, for captions, diagrams and overviews.

use inkdigit_nn::ops::{AvgPool2d, Each, Extent, MaxPool2d};
use inkdigit_nn::{Node, Op, Shape};

/// What a layer is, in a few words: `5×5 convolution`.
pub fn kind(op: &Op) -> String {
    let named = |name: &str| name.to_string();
    match op {
        Op::Linear(_) => named("dense layer"),
        Op::Conv2d(conv) => {
            let stride = if conv.stride == Extent::square(1) { String::new() } else { stepping(conv.stride) };
            format!("{} convolution{stride}", extent(conv.kernel))
        }
        Op::MaxPool2d(MaxPool2d { kernel, stride, .. }) => pooling("max", *kernel, *stride),
        Op::AvgPool2d(AvgPool2d { kernel, stride, .. }) => pooling("average", *kernel, *stride),
        Op::GlobalAvgPool => named("average of each map"),
        Op::GlobalMaxPool => named("largest of each map"),
        Op::BatchNorm(_) => named("batch normalisation"),
        Op::Relu => named("ReLU"),
        Op::Tanh => named("tanh"),
        Op::Sigmoid => named("sigmoid"),
        Op::Gelu => named("GELU"),
        Op::Clip(_) => named("clip"),
        Op::LeakyRelu(_) => named("leaky ReLU"),
        Op::Elu(_) => named("ELU"),
        Op::Dropout(dropout) => format!("dropout of {} %", (dropout.rate * 100.0).round()),
        Op::Flatten => named("maps to one vector"),
        Op::Add => named("sum"),
        Op::Mul => named("product"),
        Op::Scale(_) => named("scaling by constants"),
        Op::Affine(affine) => match affine.each {
            Each::Channel => named("scaling of each channel"),
            Each::Element => named("scaling of each number"),
        },
        Op::Pad(_) => named("border"),
        Op::Quantize(_) => named("rounding to steps"),
    }
}

/// A shape: `20 maps of 24×24`, `10 numbers`.
pub fn shape(shape: Shape) -> String {
    match shape {
        Shape::Map { channels: 1, height, width } => format!("1 map of {height}×{width}"),
        Shape::Map { channels, height, width } => format!("{} maps of {height}×{width}", grouped(channels)),
        Shape::Features(1) => "1 number".into(),
        Shape::Features(features) => format!("{} numbers", grouped(features)),
    }
}

/// What a layer does to its input, in a sentence or two for people who haven't met it before.
pub fn sentence(node: &Node) -> String {
    let (input, output) = (shape(node.input_shape), shape(node.output_shape));
    let channels = node.output_shape.channels();
    match &node.op {
        Op::Linear(_) => format!(
            "Each of {} is a weighted sum of all {} before it.",
            counted(channels, "number"),
            counted(node.input_shape.len(), "number")
        ),
        Op::Conv2d(conv) => {
            let filters = counted(channels, "filter");
            let (slide, give) = if channels == 1 {
                ("slides", "It gives")
            } else {
                ("slide", "Each gives a map of its own:")
            };
            let over = if node.input_shape.channels() == 1 {
                "the map".into()
            } else {
                format!("all {}", input.replace(" of ", " at once, of "))
            };
            format!("{filters} of {} {slide} over {over}. {give} {output}.", extent(conv.kernel))
        }
        Op::MaxPool2d(pool) => format!(
            "Of each {} window only the largest number goes on: {input} become {output}.",
            extent(pool.kernel)
        ),
        Op::AvgPool2d(pool) => {
            format!("Each {} window becomes its mean: {input} become {output}.", extent(pool.kernel))
        }
        Op::GlobalAvgPool => format!("Each map becomes one number, its mean: {input} become {output}."),
        Op::GlobalMaxPool => {
            format!("Each map becomes one number, its largest: {input} become {output}.")
        }
        Op::BatchNorm(_) => {
            "Each channel is shifted and scaled by the mean and deviation it had in training.".into()
        }
        Op::Relu => "What is negative becomes 0; the rest stays.".into(),
        Op::Tanh => "Every number is bent into the range from -1 to 1.".into(),
        Op::Sigmoid => "Every number is bent into the range from 0 to 1.".into(),
        Op::Gelu => "What is clearly negative goes toward 0; what is clearly positive stays.".into(),
        Op::Clip(clip) => format!("Numbers beyond {} are cut off.", range(clip.low, clip.high)),
        Op::LeakyRelu(leaky) => format!("What is negative is made {} times as large.", leaky.slope),
        Op::Elu(_) => "What is negative is bent toward a small negative number; the rest stays.".into(),
        Op::Dropout(_) => {
            "While training it makes random numbers 0; when it answers it changes nothing.".into()
        }
        Op::Flatten => format!("The same numbers in one row: {input} become {output}."),
        Op::Add => "Two values are added number by number.".into(),
        Op::Mul => "Two values are multiplied number by number.".into(),
        Op::Scale(scale) => {
            format!(
                "Every number is multiplied by {} and {} is added.",
                short(scale.scale),
                short(scale.shift)
            )
        }
        Op::Affine(_) => "Numbers are multiplied and shifted by learned constants.".into(),
        Op::Pad(pad) => format!("A border of {} is put around each map: {output}.", pad.value),
        Op::Quantize(_) => "Numbers are rounded to a few steps, as 8-bit networks do.".into(),
    }
}

/// A whole number with its thousands apart: `1 234 567`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun in singular or plural.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A number in four significant digits at most, in a form as short as can be.
pub fn short(number: f32) -> String {
    if number == 0.0 || !number.is_finite() {
        return if number == 0.0 { "0".into() } else { number.to_string() };
    }
    let magnitude = number.abs().log10().floor() as i32;
    if !(-4..6).contains(&magnitude) {
        return format!("{number:.2e}");
    }
    let text = format!("{number:.*}", (3 - magnitude).max(0) as usize);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

fn extent(extent: Extent) -> String {
    format!("{}×{}", extent.height, extent.width)
}

fn stepping(stride: Extent) -> String {
    match stride.height == stride.width {
        true => format!(" in steps of {}", stride.height),
        false => format!(" in steps of {}", extent(stride)),
    }
}

fn pooling(what: &str, kernel: Extent, stride: Option<Extent>) -> String {
    let stride = stride.filter(|stride| *stride != kernel).map_or(String::new(), stepping);
    format!("{} {what} pooling{stride}", extent(kernel))
}

fn range(low: f32, high: f32) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("{} to {}", short(low), short(high)),
        (true, false) => format!("{} downward", short(low)),
        _ => format!("{} upward", short(high)),
    }
}
