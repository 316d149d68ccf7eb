//! The nodes of each operation, in the form its opset has for them.

#![deny(clippy::wildcard_enum_match_arm)]

use super::super::Result;
use super::super::array::{Array, Numbers};
use super::super::element::ElementType;
use super::super::error::{Error, Unwritable};
use super::super::proto::AttributeProto;
use super::writer::{ValueType, Writer, float, floats, int, ints, text};
use inkdigit_nn::ops::{
    Affine, BatchNorm, Clip, Conv2d, Dropout, Each, Elu, Extent, LeakyRelu, Linear, Pad, Padding, Quantize,
    Scale, Upsample2d,
};
use inkdigit_nn::{Node, OnnxForm, Op, Params, Shape};

/// One layer being written. One node has the layer's name, the others that name and their operator's.
#[derive(Debug)]
pub(super) struct LayerWriter<'a> {
    writer: &'a mut Writer,
    layer: &'a Node,
    params: &'a Params,
    /// The values it reads.
    inputs: Vec<String>,
}

impl<'a> LayerWriter<'a> {
    pub(super) fn new(
        writer: &'a mut Writer,
        layer: &'a Node,
        params: &'a Params,
        inputs: Vec<String>,
    ) -> Self {
        Self { writer, layer, params, inputs }
    }

    /// Writes its nodes and gives the name of its value.
    ///
    /// # Errors
    /// [`Error::Export`] if the opset can't say it.
    pub(super) fn write(mut self) -> Result<String> {
        let OnnxForm { since, .. } = self.layer.op.onnx();
        if self.opset() < since {
            return Err(self.refused(Unwritable::Opset { since }));
        }
        Ok(match &self.layer.op {
            Op::Linear(linear) => self.linear(linear),
            Op::Conv2d(conv) => self.conv2d(conv),
            Op::MaxPool2d(pool) => self.pool(pool.kernel, pool.stride, pool.padding),
            // Padding isn't counted, as ONNX has it where it isn't told otherwise.
            Op::AvgPool2d(pool) => self.pool(pool.kernel, pool.stride, pool.padding),
            Op::GlobalAvgPool | Op::GlobalMaxPool => self.global_pool(),
            Op::BatchNorm(norm) => self.batch_norm(*norm),
            Op::Gelu => self.gelu(),
            Op::Silu => self.silu(),
            Op::Upsample2d(upsample) => self.upsample2d(*upsample),
            Op::Clip(clip) => self.clip(*clip),
            Op::LeakyRelu(LeakyRelu { slope: alpha }) | Op::Elu(Elu { alpha }) => {
                self.with_attributes(vec![float("alpha", *alpha)])
            }
            Op::Dropout(dropout) => self.dropout(*dropout),
            Op::Flatten => self.with_attributes(vec![int("axis", 1)]),
            Op::Relu | Op::Tanh | Op::Sigmoid | Op::Add | Op::Mul => self.plain(),
            Op::Scale(scale) => self.scale(*scale),
            Op::Affine(affine) => self.affine(*affine),
            Op::Pad(pad) => self.pad(*pad),
            Op::Quantize(quantize) => self.quantize(*quantize)?,
        })
    }

    fn linear(&mut self, linear: &Linear) -> String {
        // ONNX's matrix lies as the engine's does, so neither side transposes it.
        let weight = self.param("weight", vec![self.layer.input_shape.len(), linear.features]);
        let mut inputs = vec![self.input(), weight];
        if !linear.bias {
            return self.node("MatMul", inputs, Vec::new()); // `Gemm` asks for a bias until opset 11.
        }
        inputs.push(self.param("bias", vec![linear.features]));
        self.node("Gemm", inputs, Vec::new())
    }

    fn conv2d(&mut self, conv: &Conv2d) -> String {
        let (channels, [height, width]) = (self.layer.input_shape.channels(), conv.kernel.array());
        let weight = channels_first(self.numbers("weight"), height * width, channels, conv.channels);
        let dims = vec![conv.channels, channels, height, width];
        let mut inputs = vec![self.input(), self.constant("weight", &Array::reals(dims, weight))];
        if conv.bias {
            inputs.push(self.param("bias", vec![conv.channels]));
        }
        let attributes = self.window(conv.kernel, conv.stride, conv.padding);
        self.node("Conv", inputs, attributes)
    }

    fn pool(&mut self, kernel: Extent, stride: Option<Extent>, padding: Padding) -> String {
        let attributes = self.window(kernel, stride.unwrap_or(kernel), padding);
        self.with_attributes(attributes)
    }

    /// Maps to numbers: ONNX leaves them as maps of one pixel.
    fn global_pool(&mut self) -> String {
        let pixels = ValueType::reals(Shape::map(self.layer.output_shape.channels(), 1, 1));
        let pooled = self.typed_node(self.operator(), self.inputs.clone(), Vec::new(), pixels);
        self.further_node("Flatten", vec![pooled], vec![int("axis", 1)])
    }

    fn batch_norm(&mut self, norm: BatchNorm) -> String {
        let mut inputs = vec![self.input()];
        for name in ["weight", "bias", "running_mean", "running_var"] {
            inputs.push(self.param(name, vec![self.layer.input_shape.channels()]));
        }
        // ONNX's momentum is the share of the old average.
        let attributes = vec![float("epsilon", norm.epsilon), float("momentum", 1.0 - norm.momentum)];
        self.node("BatchNormalization", inputs, attributes)
    }

    /// `x (1 + erf(x / sqrt 2)) / 2`, an operator of its own from opset 20 on.
    fn gelu(&mut self) -> String {
        match self.opset() {
            ..=19 => {
                let root = self.scalar("sqrt_two", std::f32::consts::SQRT_2);
                let one = self.scalar("one", 1.0);
                let half = self.scalar("half", 0.5);
                let x = self.input();
                let scaled = self.further_node("Div", vec![x.clone(), root], Vec::new());
                let erf = self.further_node("Erf", vec![scaled], Vec::new());
                let sum = self.further_node("Add", vec![erf, one], Vec::new());
                let normal = self.further_node("Mul", vec![sum, half], Vec::new());
                self.node("Mul", vec![x, normal], Vec::new())
            }
            _ => self.plain(),
        }
    }

    /// `x * sigmoid(x)`; its own operator is newer than what is written.
    fn silu(&mut self) -> String {
        let gate = self.further_node("Sigmoid", self.inputs.clone(), Vec::new());
        self.node("Mul", vec![self.input(), gate], Vec::new())
    }

    /// `Upsample` until opset 9; its scales were an attribute before they became an input. Since opset 11 there
    /// are several ways to the nearest pixel.
    fn upsample2d(&mut self, upsample: Upsample2d) -> String {
        let factor = upsample.factor as f32;
        let scales = [1.0, 1.0, factor, factor];
        let mode = text("mode", "nearest");
        if self.opset() < 9 {
            return self.node("Upsample", self.inputs.clone(), vec![mode, floats("scales", scales)]);
        }
        let mut inputs = vec![self.input()];
        if self.opset() >= 11 {
            // The region of interest, which this mode doesn't read; until opset 13 it couldn't be left out.
            let none = Array::reals(vec![0], Vec::new());
            inputs.push(if self.opset() < 13 { self.constant("roi", &none) } else { String::new() });
        }
        inputs.push(self.constant("scales", &Array::reals(vec![4], scales.into())));
        match self.opset() {
            ..10 => self.node("Upsample", inputs, vec![mode]),
            10 => self.node("Resize", inputs, vec![mode]),
            _ => {
                let coordinates = text("coordinate_transformation_mode", "asymmetric");
                self.node("Resize", inputs, vec![coordinates, mode, text("nearest_mode", "floor")])
            }
        }
    }

    /// Bounds were attributes before they became inputs; one that is infinite is left out.
    fn clip(&mut self, clip: Clip) -> String {
        let bounds = [("min", clip.low), ("max", clip.high)];
        if self.opset() < 11 {
            let finite = bounds.into_iter().filter(|(_, bound)| bound.is_finite());
            let attributes = finite.map(|(name, bound)| float(name, bound)).collect();
            return self.node("Clip", self.inputs.clone(), attributes);
        }
        let mut inputs = vec![self.input()];
        for (name, bound) in bounds {
            inputs.push(if bound.is_finite() { self.scalar(name, bound) } else { String::new() });
        }
        while inputs.last().is_some_and(String::is_empty) {
            inputs.pop();
        }
        self.node("Clip", inputs, Vec::new())
    }

    /// Written although inference passes it by, so that the file can be trained on.
    fn dropout(&mut self, dropout: Dropout) -> String {
        let mut inputs = vec![self.input()];
        let mut attributes = Vec::new();
        if self.opset() < 12 {
            attributes.push(float("ratio", dropout.rate));
        } else {
            inputs.push(self.scalar("ratio", dropout.rate));
        }
        self.node("Dropout", inputs, attributes)
    }

    /// `x * scale + shift`. The product is there even if it is by 1: a sum alone would look like part of the
    /// layer before it.
    fn scale(&mut self, scale: Scale) -> String {
        let inputs = vec![self.input(), self.scalar("scale", scale.scale)];
        let scaled = self.node("Mul", inputs, Vec::new());
        if scale.shift == 0.0 {
            return scaled;
        }
        let shift = self.scalar("shift", scale.shift);
        self.further_node("Add", vec![scaled, shift], Vec::new())
    }

    fn affine(&mut self, affine: Affine) -> String {
        let input = self.layer.input_shape;
        let dims = match (affine.each, input) {
            (Each::Channel, Shape::Map { channels, .. }) => vec![channels, 1, 1],
            (Each::Channel | Each::Element, _) => input.dims(),
        };
        let [scale, shift] = ["scale", "shift"].map(|name| {
            let numbers = self.numbers(name);
            let pixels = numbers.len() / input.channels();
            let numbers = channels_first(numbers, pixels, input.channels(), 1);
            self.constant(name, &Array::reals(dims.clone(), numbers))
        });
        let scaled = self.node("Mul", vec![self.input(), scale], Vec::new());
        self.further_node("Add", vec![scaled, shift], Vec::new())
    }

    /// Pixels of each side were attributes before they became an input.
    fn pad(&mut self, pad: Pad) -> String {
        let pixel = Extent::square(1);
        let [top, left, bottom, right] = self.margins(pixel, pixel, pad.padding);
        let pads = [0, 0, top, left, 0, 0, bottom, right];
        if self.opset() < 11 {
            let attributes = vec![ints("pads", pads), float("value", pad.value)];
            return self.node("Pad", self.inputs.clone(), attributes);
        }
        let numbers = Numbers::Integers(pads.map(|pixels| pixels as i64).into());
        let pads = Array { element: ElementType::Int64, dims: vec![pads.len()], numbers };
        let inputs = vec![self.input(), self.constant("pads", &pads), self.scalar("value", pad.value)];
        self.node("Pad", inputs, Vec::new())
    }

    /// To bytes and, by a scale of 1, back to the integers that they stand for.
    fn quantize(&mut self, quantize: Quantize) -> Result<String> {
        let Quantize { scale, low, high } = quantize;
        // 256 integers with 0 among them. Which type holds them makes no difference: the usual ones.
        let (element, least) =
            if low == -128.0 { (ElementType::Int8, -128) } else { (ElementType::Uint8, 0) };
        if high - low != 255.0 || low > 0.0 || high < 0.0 {
            return Err(self.refused(Unwritable::Integers { low, high }));
        }
        let numbers = Numbers::Integers(vec![least - low as i64]);
        let zero_point = self.constant("zero_point", &Array { element, dims: Vec::new(), numbers });
        let inputs = vec![self.input(), self.scalar("scale", scale), zero_point.clone()];
        let bytes = ValueType { element, shape: self.layer.output_shape };
        let bytes = self.typed_node("QuantizeLinear", inputs, Vec::new(), bytes);
        let one = self.scalar("one", 1.0);
        Ok(self.further_node("DequantizeLinear", vec![bytes, one, zero_point], Vec::new()))
    }

    /// The operator that the layer is written as.
    fn operator(&self) -> &'static str {
        self.layer.op.onnx().operators[0]
    }

    /// The layer's inputs through its operator and nothing else.
    fn plain(&mut self) -> String {
        self.with_attributes(Vec::new())
    }

    /// The layer's inputs through its operator with these attributes.
    fn with_attributes(&mut self, attributes: Vec<AttributeProto>) -> String {
        self.node(self.operator(), self.inputs.clone(), attributes)
    }

    /// The attributes of what moves a window over maps. Padding is in pixels: `auto_pad` is deprecated, and
    /// readers differ over it.
    fn window(&self, kernel: Extent, stride: Extent, padding: Padding) -> Vec<AttributeProto> {
        vec![
            ints("kernel_shape", kernel.array()),
            ints("pads", self.margins(kernel, stride, padding)),
            ints("strides", stride.array()),
        ]
    }

    /// Pixels above, to the left, below and to the right of its input.
    fn margins(&self, kernel: Extent, stride: Extent, padding: Padding) -> [usize; 4] {
        let (height, width) = match self.layer.input_shape {
            Shape::Map { height, width, .. } => (height, width),
            Shape::Features(_) => (1, 1), // No window moves over vectors.
        };
        padding.sides([height, width], kernel, stride)
    }

    /// Its first input.
    fn input(&self) -> String {
        self.inputs[0].clone()
    }

    fn opset(&self) -> i64 {
        self.writer.opset()
    }

    fn refused(&self, source: Unwritable) -> Error {
        let (layer, op) = (self.layer.name.clone(), self.layer.op.name());
        Error::Export { layer, op, opset: self.opset(), source }
    }

    /// The numbers of one of its parameters.
    fn numbers(&self, name: &str) -> &'a [f32] {
        self.params.get(&format!("{}.{name}", self.layer.name)).expect("parameters of this graph")
    }

    /// A parameter in the engine's own order.
    fn param(&mut self, name: &str, dims: Vec<usize>) -> String {
        let numbers = self.numbers(name).to_vec();
        self.constant(name, &Array::reals(dims, numbers))
    }

    fn scalar(&mut self, name: &str, value: f32) -> String {
        self.constant(name, &Array::reals(Vec::new(), vec![value]))
    }

    fn constant(&mut self, name: &str, array: &Array) -> String {
        self.writer.constant(&format!("{}.{name}", self.layer.name), array)
    }

    /// Adds the node that has the layer's name; its output has the layer's output shape.
    fn node(&mut self, op: &str, inputs: Vec<String>, attributes: Vec<AttributeProto>) -> String {
        self.typed_node(op, inputs, attributes, ValueType::reals(self.layer.output_shape))
    }

    /// The same with an output of another type.
    fn typed_node(
        &mut self,
        op: &str,
        inputs: Vec<String>,
        attributes: Vec<AttributeProto>,
        output_type: ValueType,
    ) -> String {
        self.writer.node(self.layer.name.clone(), op, inputs, attributes, output_type)
    }

    /// Adds one more node; its output has the layer's output shape.
    fn further_node(&mut self, op: &str, inputs: Vec<String>, attributes: Vec<AttributeProto>) -> String {
        let name = self.writer.node_name(&format!("{}.{}", self.layer.name, op.to_lowercase()));
        let output_type = ValueType::reals(self.layer.output_shape);
        self.writer.node(name, op, inputs, attributes, output_type)
    }
}

/// From the engine's order `[pixels, channels, outer]` to ONNX's, `[outer, channels, pixels]`.
fn channels_first(numbers: &[f32], pixels: usize, channels: usize, outer: usize) -> Vec<f32> {
    let mut reordered = Vec::with_capacity(numbers.len());
    for o in 0..outer {
        for channel in 0..channels {
            reordered.extend((0..pixels).map(|pixel| numbers[(pixel * channels + channel) * outer + o]));
        }
    }
    reordered
}
