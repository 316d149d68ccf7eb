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
        Op::Silu => named("SiLU"),
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
        Op::Upsample2d(upsample) => format!("{} times as large", upsample.factor),
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
            let slide = if channels == 1 { "slides" } else { "slide" };
            let over = match node.input_shape.channels() {
                1 => "the map".into(),
                maps => format!("all {} at once", counted(maps, "map")),
            };
            format!("{filters} of {} {slide} over {over}, from {input} to {output}.", extent(conv.kernel))
        }
        Op::MaxPool2d(pool) => format!(
            "Of each {} window only the largest number goes on, from {input} to {output}.",
            extent(pool.kernel)
        ),
        Op::AvgPool2d(pool) => {
            format!("Each {} window becomes its mean, from {input} to {output}.", extent(pool.kernel))
        }
        Op::GlobalAvgPool => format!("Each map becomes one number, its mean: from {input} to {output}."),
        Op::GlobalMaxPool => {
            format!("Each map becomes one number, its largest: from {input} to {output}.")
        }
        Op::BatchNorm(_) => {
            "Each channel is shifted and scaled by the mean and deviation it had in training.".into()
        }
        Op::Relu => "What is negative becomes 0; the rest stays.".into(),
        Op::Tanh => "Every number is bent into the range from -1 to 1.".into(),
        Op::Sigmoid => "Every number is bent into the range from 0 to 1.".into(),
        Op::Gelu | Op::Silu => {
            "What is clearly negative goes toward 0; what is clearly positive stays.".into()
        }
        Op::Clip(clip) => clipped(clip.low, clip.high),
        Op::LeakyRelu(leaky) => format!("What is negative is made {} times as large.", leaky.slope),
        Op::Elu(_) => "What is negative is bent toward a small negative number; the rest stays.".into(),
        Op::Dropout(_) => {
            "While training it makes random numbers 0; when it answers it changes nothing.".into()
        }
        Op::Flatten => format!("The same numbers in one row: from {input} to {output}."),
        Op::Add => "Two values are added number by number.".into(),
        Op::Mul => "Two values are multiplied number by number.".into(),
        Op::Scale(scale) => {
            let shift = match scale.shift {
                0.0 => String::new(),
                shift => format!(" and {} is added", short(shift)),
            };
            format!("Every number is multiplied by {}{shift}.", short(scale.scale))
        }
        Op::Affine(_) => "Numbers are multiplied and shifted by learned constants.".into(),
        Op::Pad(pad) => format!("A border of {} is put around each map: {output}.", pad.value),
        Op::Quantize(_) => "Numbers are rounded to a few steps, as 8-bit networks do.".into(),
        Op::Upsample2d(upsample) => {
            format!("Each pixel becomes {0}×{0} like it, from {input} to {output}.", upsample.factor)
        }
    }
}

/// A whole number with its thousands apart: `1 234 567`.
pub fn grouped(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
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

fn clipped(low: f32, high: f32) -> String {
    let (below, above) =
        (format!("below {0} become {0}", short(low)), format!("above {0} become {0}", short(high)));
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("Numbers {below}, those {above}."),
        (true, false) => format!("Numbers {below}."),
        (false, true) => format!("Numbers {above}."),
        (false, false) => "Every number stays as it is.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_train::networks::{self, BuiltIn, Network, Scaling};

    #[test]
    fn layers_are_told_with_their_shapes() {
        let lenet = networks::build(&Network::BuiltIn(BuiltIn::Lenet), Scaling::Unit).unwrap();
        let told = |name: &str| {
            let node = lenet.nodes().iter().find(|node| node.name == name).unwrap();
            (kind(&node.op), sentence(node))
        };
        let cases = [
            (
                "conv1",
                "5×5 convolution",
                "20 filters of 5×5 slide over the map, from 1 map of 28×28 to 20 maps of 24×24.",
            ),
            (
                "conv2",
                "5×5 convolution",
                "50 filters of 5×5 slide over all 20 maps at once, from 20 maps of 12×12 to 50 maps of 8×8.",
            ),
            (
                "pool1",
                "2×2 max pooling",
                "Of each 2×2 window only the largest number goes on, from 20 maps of 24×24 to 20 maps of 12×12.",
            ),
            ("fc1", "dense layer", "Each of 500 numbers is a weighted sum of all 800 numbers before it."),
        ];
        for (name, kind, sentence) in cases {
            assert_eq!(told(name), (kind.to_string(), sentence.to_string()));
        }
    }

    #[test]
    fn steps_and_bounds_are_told_where_they_matter() {
        let conv = |stride| {
            Op::Conv2d(inkdigit_nn::ops::Conv2d {
                channels: 2,
                kernel: Extent { height: 3, width: 1 },
                stride,
                padding: inkdigit_nn::ops::Padding::Same,
                bias: false,
            })
        };
        assert_eq!(kind(&conv(Extent::square(1))), "3×1 convolution");
        assert_eq!(kind(&conv(Extent { height: 2, width: 1 })), "3×1 convolution in steps of 2×1");
        let pool = |stride| pooling("max", Extent::square(3), stride);
        assert_eq!(
            (pool(None).as_str(), pool(Some(Extent::square(3))).as_str()),
            ("3×3 max pooling", "3×3 max pooling")
        );
        assert_eq!(pool(Some(Extent::square(2))), "3×3 max pooling in steps of 2");
        assert_eq!(clipped(0.0, 6.0), "Numbers below 0 become 0, those above 6 become 6.");
        assert_eq!(clipped(f32::NEG_INFINITY, 1.0), "Numbers above 1 become 1.");
    }

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-12.345_67, "-12.35"),
            (0.000_123_456, "0.0001235"),
            (99_999.5, "100000"),
            (1e6, "1.00e6"),
            (1e-9, "1.00e-9"),
            (255.0, "255"),
            (f32::INFINITY, "inf"),
        ];
        for (number, text) in cases {
            assert_eq!(short(number), text, "{number}");
        }
        assert_eq!(
            (counted(1, "map"), counted(1234, "map"), grouped(1_234_567)),
            ("1 map".into(), "1 234 maps".into(), "1 234 567".into())
        );
        assert_eq!(shape(Shape::map(1, 28, 28)), "1 map of 28×28");
    }
}
