//! One node with its inputs: what the operators' own files ask, and which of them is asked.

use super::Importer;
use super::attributes::{Attributes, wrong};
use super::heads;
use super::pointwise::{self, activation};
use super::pooling::{self, Reduction};
use super::quantised;
use super::value::{Dim, Flow, Int, Known, Value};
use super::views;
use super::{batch_norm, constants, convolution, dense, gelu};
use crate::array::ElementType;
use crate::error::Problem;
use crate::outputs::Head;
use inkdigit_nn::op::Op;
use inkdigit_nn::ops::{Elu, LeakyRelu};

/// A node as its operator sees it.
pub(super) struct Call<'n> {
    pub(super) name: String,
    pub(super) op: &'n str,
    pub(super) domain: &'n str,
    /// The version of the operator's domain.
    pub(super) opset: i64,
    pub(super) attributes: Attributes<'n>,
    pub(super) inputs: Vec<Option<Value>>,
    /// How many outputs have a name.
    pub(super) outputs: usize,
}

impl Call<'_> {
    /// Whether there is an input at `index`.
    pub(super) fn has(&self, index: usize) -> bool {
        matches!(self.inputs.get(index), Some(Some(_)))
    }

    /// The input at `index`; `name` is what the operator calls it.
    pub(super) fn value(&self, index: usize, name: &'static str) -> Result<&Value, Problem> {
        self.inputs.get(index).and_then(Option::as_ref).ok_or(Problem::MissingInput { index, name })
    }

    /// An input that must be a constant.
    pub(super) fn known(&self, index: usize, name: &'static str) -> Result<&Known, Problem> {
        match self.value(index, name)? {
            Value::Known(known) => Ok(known),
            Value::Flow(_) => Err(Problem::NotConstant { index, name }),
        }
    }

    /// An input that must depend on the image.
    pub(super) fn flow(&self, index: usize, name: &'static str) -> Result<&Flow, Problem> {
        match self.value(index, name)? {
            Value::Flow(flow) => Ok(flow),
            Value::Known(_) => Err(self.kind(index, name, "a value that depends on the image")),
        }
    }

    /// An input that must depend on the image and be of real numbers.
    pub(super) fn real_flow(&self, index: usize, name: &'static str) -> Result<&Flow, Problem> {
        let flow = self.flow(index, name)?;
        if flow.element.is_real() { Ok(flow) } else { Err(self.kind(index, name, "real numbers")) }
    }

    /// A constant input of integers.
    pub(super) fn ints(&self, index: usize, name: &'static str) -> Result<Vec<i64>, Problem> {
        let ints = self.known(index, name)?.as_ints().ok_or_else(|| self.kind(index, name, "integers"))?;
        ints.iter().map(|int| int.known()).collect()
    }

    /// An input that is something else than it should be.
    pub(super) fn kind(&self, index: usize, name: &'static str, expected: &str) -> Problem {
        let found =
            self.inputs.get(index).and_then(Option::as_ref).map_or("missing".into(), ToString::to_string);
        Problem::InputKind { index, name, found, expected: expected.into() }
    }

    /// Axes: an attribute in older versions, an input in newer ones.
    pub(super) fn axes(&self, index: usize) -> Result<Option<Vec<i64>>, Problem> {
        match self.attributes.ints("axes")? {
            Some(axes) => Ok(Some(axes.to_vec())),
            None if self.has(index) => self.ints(index, "axes").map(Some),
            None => Ok(None),
        }
    }

    /// The shape that `Reshape` asks for, and whether a zero in it copies the size that is there.
    pub(super) fn reshape_target(&self) -> Result<(Vec<Int>, bool), Problem> {
        self.attributes.ignore(&["consumed_inputs"]);
        if self.opset < 5 {
            let shape = self.attributes.ints("shape")?;
            let shape = shape.ok_or_else(|| wrong("shape", "missing", "a list of integers"))?;
            return Ok((shape.iter().map(|&size| Int::Known(size)).collect(), true));
        }
        let shape = self.known(1, "shape")?;
        let shape = shape.as_ints().ok_or_else(|| self.kind(1, "shape", "integers"))?;
        Ok((shape.to_vec(), !self.attributes.flag("allowzero", false)?))
    }

    /// The type that `Cast` asks for, a number, before opset 6 a name; or `CastLike`, by an example.
    pub(super) fn cast_target(&self) -> Result<ElementType, Problem> {
        self.attributes.ignore(&["saturate", "round_mode"]);
        if self.op == "CastLike" {
            return Ok(match self.value(1, "target_type")? {
                Value::Known(known) => known.element,
                Value::Flow(flow) => flow.element,
            });
        }
        let number = match self.opset {
            ..6 => match self.attributes.string("to")?.unwrap_or_default() {
                "FLOAT" => Some(1),
                "UINT8" => Some(2),
                "INT8" => Some(3),
                "INT32" => Some(6),
                "INT64" => Some(7),
                "BOOL" => Some(9),
                "FLOAT16" => Some(10),
                "DOUBLE" => Some(11),
                _ => None,
            },
            _ => self.attributes.int("to")?.and_then(|to| i32::try_from(to).ok()),
        };
        let expected = "the number of a real, integer or truth type";
        number.and_then(ElementType::from_number).ok_or_else(|| wrong("to", "unknown", expected))
    }

    /// What `Shape` gives of these dimensions.
    pub(super) fn part_of_shape(&self, dims: Vec<Int>) -> Result<Known, Problem> {
        let rank = dims.len() as i64;
        let bound = |name: &str, default: i64| -> Result<usize, Problem> {
            let at = self.attributes.int(name)?.unwrap_or(default);
            Ok((if at < 0 { at.saturating_add(rank) } else { at }).clamp(0, rank) as usize)
        };
        let (start, end) = (bound("start", 0)?, bound("end", rank)?);
        let part = dims.get(start..end).unwrap_or_default().to_vec();
        Ok(Known::ints(vec![part.len()], part))
    }
}

impl Importer {
    /// What a node gives that depends on the image: mostly a layer's value.
    pub(super) fn layer(&mut self, call: &Call) -> Result<Value, Problem> {
        let flow = match (call.domain, call.op) {
            ("ai.onnx", "Conv") => convolution::conv(self, call)?,
            ("ai.onnx", "Gemm") => dense::gemm(self, call)?,
            ("ai.onnx", "MatMul") => dense::matmul(self, call)?,
            ("ai.onnx", "MaxPool") => pooling::max_pool(self, call)?,
            ("ai.onnx", "AveragePool") => pooling::average_pool(self, call)?,
            ("ai.onnx", "GlobalMaxPool") => {
                pooling::global_pool(self, call, call.flow(0, "X")?, Op::GlobalMaxPool)?
            }
            ("ai.onnx", "GlobalAveragePool") => {
                pooling::global_pool(self, call, call.real_flow(0, "X")?, Op::GlobalAvgPool)?
            }
            ("ai.onnx", "ReduceMean") => pooling::reduce(self, call, Reduction::Mean)?,
            ("ai.onnx", "ReduceMax") => pooling::reduce(self, call, Reduction::Max)?,
            ("ai.onnx", "BatchNormalization") => batch_norm::batch_norm(self, call)?,
            ("ai.onnx", "Pad") => return convolution::pad(self, call),

            ("ai.onnx", "Relu") => self.activation(call, Op::Relu)?,
            ("ai.onnx", "Tanh") => self.activation(call, Op::Tanh)?,
            ("ai.onnx", "Sigmoid") => self.activation(call, Op::Sigmoid)?,
            ("ai.onnx", "LeakyRelu") => {
                let slope = call.attributes.float("alpha")?.unwrap_or(0.01);
                self.activation(call, Op::LeakyRelu(LeakyRelu { slope }))?
            }
            ("ai.onnx", "Elu") => {
                let alpha = call.attributes.float("alpha")?.unwrap_or(1.0);
                self.activation(call, Op::Elu(Elu { alpha }))?
            }
            ("ai.onnx", "Gelu") => match call.attributes.string("approximate")?.unwrap_or("none") {
                "none" => self.activation(call, Op::Gelu)?,
                other => return Err(wrong("approximate", other, "none")),
            },
            ("ai.onnx", "HardSigmoid") => pointwise::hard_sigmoid(self, call, false)?,
            ("ai.onnx", "HardSwish") => pointwise::hard_sigmoid(self, call, true)?,
            ("ai.onnx", "Erf") => gelu::erf(self, call)?,
            ("ai.onnx", "PRelu") => pointwise::parametric_relu(self, call)?,
            ("ai.onnx", "Neg") => pointwise::negate(self, call)?,
            ("ai.onnx", "Clip") => pointwise::clip(self, call)?,
            ("ai.onnx", "Dropout") => pointwise::dropout(self, call)?,
            ("ai.onnx", "Add" | "Sub" | "Mul" | "Div") => pointwise::arithmetic(self, call)?,
            ("ai.onnx", "Sum") => {
                call.attributes.ignore(&["consumed_inputs"]);
                let parts = (0..call.inputs.len())
                    .map(|i| call.real_flow(i, "data_0").cloned())
                    .collect::<Result<Vec<_>, _>>()?;
                pointwise::sum(self, call, &parts)?
            }

            ("ai.onnx", "Softmax") => heads::softmax(self, call, Head::Softmax)?,
            ("ai.onnx", "LogSoftmax") => heads::softmax(self, call, Head::LogSoftmax)?,
            ("ai.onnx", "Log") => heads::log(call)?,
            ("ai.onnx", "ArgMax") => heads::arg_max(self, call)?,

            ("ai.onnx", "QuantizeLinear") | ("com.microsoft", "QuantizeLinear") => {
                quantised::quantise(self, call)?
            }
            ("ai.onnx", "DequantizeLinear") | ("com.microsoft", "DequantizeLinear") => {
                quantised::dequantise(self, call)?
            }
            ("ai.onnx", "QLinearConv") => quantised::conv(self, call)?,
            ("ai.onnx", "QLinearMatMul") => quantised::matmul(self, call)?,
            ("com.microsoft", "QGemm") => quantised::gemm(self, call)?,
            ("com.microsoft", "QLinearAdd") => quantised::add(self, call)?,
            ("com.microsoft", "QLinearSigmoid") => {
                quantised::through_reals(self, call, |importer, call, x| {
                    activation(importer, call, x, Op::Sigmoid)
                })?
            }
            ("com.microsoft", "QLinearLeakyRelu") => {
                let slope = call.attributes.float("alpha")?.unwrap_or(0.01);
                quantised::through_reals(self, call, |importer, call, x| {
                    activation(importer, call, x, Op::LeakyRelu(LeakyRelu { slope }))
                })?
            }
            ("com.microsoft", "QLinearGlobalAveragePool" | "QLinearAveragePool") => {
                if call.attributes.flag("channels_last", false)? {
                    return Err(wrong("channels_last", 1, "0"));
                }
                quantised::through_reals(self, call, |importer, call, x| match call.op {
                    "QLinearGlobalAveragePool" => pooling::global_pool(importer, call, x, Op::GlobalAvgPool),
                    _ => pooling::average_pool_of(importer, call, x),
                })?
            }

            // Its first input is a constant, or there would be a view to change.
            ("ai.onnx", "CastLike") if matches!(call.value(0, "input")?, Value::Known(_)) => {
                return constants::cast(call).map(Value::known);
            }
            ("ai.onnx", "Shape") => {
                let dims = call.flow(0, "data")?.dims.iter().map(|&dim| match dim {
                    Dim::Batch => self.nominal_batch.map_or(Int::Batch, |batch| Int::Known(batch as i64)),
                    Dim::Size(size) => Int::Known(size as i64),
                });
                let known = call.part_of_shape(dims.collect())?;
                self.note(call, "", "worked out from constants");
                return Ok(Value::known(known));
            }
            (
                "ai.onnx",
                "Identity" | "Cast" | "CastLike" | "Reshape" | "Flatten" | "Transpose" | "Squeeze"
                | "Unsqueeze",
            ) => self.view(call)?,
            (domain, op)
                if domain != "ai.onnx" && !domain.starts_with("ai.onnx") && domain != "com.microsoft" =>
            {
                let _ = op;
                return Err(Problem::UnknownDomain { domain: domain.into() });
            }
            _ => return Err(Problem::UnknownOperator),
        };
        Ok(Value::Flow(flow))
    }

    fn activation(&mut self, call: &Call, op: Op) -> Result<Flow, Problem> {
        call.attributes.ignore(&["consumed_inputs"]);
        activation(self, call, call.real_flow(0, "X")?, op)
    }

    /// What changes no number.
    fn view(&mut self, call: &Call) -> Result<Flow, Problem> {
        let x = call.flow(0, "data")?;
        let y = match call.op {
            "Cast" | "CastLike" => self.cast(call, x)?,
            "Reshape" => {
                let (target, zero_copies) = call.reshape_target()?;
                let reshaped = views::reshape(x, &target, zero_copies, self.nominal_batch)?;
                Flow { flattened_by: Some(call.name.clone()), ..reshaped }
            }
            "Flatten" => {
                let flat = views::flatten(x, call.attributes.int("axis")?.unwrap_or(1), &call.name)?;
                if !self.joins {
                    // In our own file a layer stood here, maybe before a dropout.
                    let place = dense::vector(self, &flat)?;
                    return Ok(Flow { flattened_by: None, ..flat.at(place) });
                }
                flat
            }
            "Transpose" => {
                let axes = views::permutation(call.attributes.ints("perm")?, x.dims.len())?;
                self.budget.take(x.len())?;
                views::transpose(x, &axes)
            }
            "Squeeze" => {
                let rank = x.dims.len();
                let axes = match call.axes(1)? {
                    None => None,
                    Some(axes) => Some(axes.iter().map(|&a| views::axis("axes", a, rank)).collect::<Result<
                        Vec<_>,
                        _,
                    >>(
                    )?),
                };
                views::squeeze(x, axes.as_deref())?
            }
            "Unsqueeze" => {
                let axes = call.axes(1)?.unwrap_or_default();
                x.with_dims(views::unsqueezed(&x.dims, &axes, Dim::Size(1))?)
            }
            _ => x.clone(),
        };
        self.note(call, "", "changes the view alone");
        Ok(y)
    }

    /// Real numbers of any width are computed with as float32; bytes become the reals they are.
    fn cast(&mut self, call: &Call, x: &Flow) -> Result<Flow, Problem> {
        let to = call.cast_target()?;
        match (x.element, to) {
            (from, to) if from.is_real() && to.is_real() => Ok(Flow { element: to, ..x.clone() }),
            (from, to) if from == to => Ok(x.clone()),
            (_, to) if x.head == Head::ArgMax => Ok(Flow { element: to, ..x.clone() }),
            (_, to) if to.is_real() => {
                let y = match x.zero_point {
                    0.0 => x.clone(),
                    zero_point => pointwise::scale(self, call, x, 1.0, zero_point)?,
                };
                Ok(Flow { element: to, zero_point: 0.0, ..y })
            }
            _ => Err(Problem::Unsupported { what: format!("turning {} into {to}", x.element), remedy: "" }),
        }
    }
}
