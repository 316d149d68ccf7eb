//! From an operator's name to the function that imports it.

use super::activation::{self, activation};
use super::arithmetic;
use super::batch_norm::batch_norm;
use super::call::Call;
use super::convolution;
use super::dense;
use super::gelu;
use super::heads;
use super::importer::Importer;
use super::pooling::{self, Reduction};
use super::quantised;
use super::reshaping;
use super::resize::resize;
use super::value::Flow;
use crate::error::Problem;
use crate::imported::Head;
use inkdigit_nn::Op;

/// Imports a node that depends on the image: mostly a layer is added.
pub(super) type Importing = fn(&mut Importer, &Call<'_>) -> Result<Flow, Problem>;

/// ONNX's own domain, by the longer of its two names.
const ONNX: &str = "ai.onnx";

/// ONNX Runtime's domain.
const MICROSOFT: &str = "com.microsoft";

/// Domain, operator, and what imports it.
const TABLE: &[(&str, &str, Importing)] = &[
    (ONNX, "Conv", convolution::conv),
    (ONNX, "Gemm", dense::gemm),
    (ONNX, "MatMul", dense::matmul),
    (ONNX, "MaxPool", pooling::max_pool),
    (ONNX, "AveragePool", pooling::average_pool),
    (ONNX, "GlobalMaxPool", |importer, call| {
        pooling::global_pool(importer, call, call.flow(0, "X")?, Op::GlobalMaxPool)
    }),
    (ONNX, "GlobalAveragePool", |importer, call| {
        pooling::global_pool(importer, call, call.real_flow(0, "X")?, Op::GlobalAvgPool)
    }),
    (ONNX, "ReduceMean", |importer, call| pooling::reduce(importer, call, Reduction::Mean)),
    (ONNX, "ReduceMax", |importer, call| pooling::reduce(importer, call, Reduction::Max)),
    (ONNX, "BatchNormalization", batch_norm),
    (ONNX, "Pad", convolution::pad),
    (ONNX, "Resize", resize),
    (ONNX, "Upsample", resize),
    (ONNX, "Relu", |importer, call| activation::of_x(importer, call, Op::Relu)),
    (ONNX, "Tanh", |importer, call| activation::of_x(importer, call, Op::Tanh)),
    (ONNX, "Sigmoid", |importer, call| activation::of_x(importer, call, Op::Sigmoid)),
    (ONNX, "LeakyRelu", |importer, call| activation::of_x(importer, call, activation::leaky_relu(call)?)),
    (ONNX, "Elu", activation::elu),
    (ONNX, "Gelu", gelu::gelu),
    (ONNX, "Swish", activation::swish),
    (ONNX, "HardSigmoid", |importer, call| activation::hard_sigmoid(importer, call, false)),
    (ONNX, "HardSwish", |importer, call| activation::hard_sigmoid(importer, call, true)),
    (ONNX, "Erf", |importer, call| gelu::erf(importer, call)),
    (ONNX, "PRelu", activation::parametric_relu),
    (ONNX, "Clip", activation::clip),
    (ONNX, "Dropout", activation::dropout),
    (ONNX, "Neg", arithmetic::negate),
    (ONNX, "Add", arithmetic::arithmetic),
    (ONNX, "Sub", arithmetic::arithmetic),
    (ONNX, "Mul", arithmetic::arithmetic),
    (ONNX, "Div", arithmetic::arithmetic),
    (ONNX, "Sum", arithmetic::sum_of_all),
    (ONNX, "Softmax", |importer, call| heads::softmax(importer, call, Head::Softmax)),
    (ONNX, "LogSoftmax", |importer, call| heads::softmax(importer, call, Head::LogSoftmax)),
    (ONNX, "Log", |_, call| heads::log(call)),
    (ONNX, "ArgMax", heads::arg_max),
    (ONNX, "Identity", reshaping::identity),
    (ONNX, "Cast", reshaping::cast),
    (ONNX, "CastLike", reshaping::cast),
    (ONNX, "Reshape", reshaping::reshape),
    (ONNX, "Flatten", reshaping::flatten),
    (ONNX, "Transpose", reshaping::transpose),
    (ONNX, "Squeeze", reshaping::squeeze),
    (ONNX, "Unsqueeze", reshaping::unsqueeze),
    (ONNX, "QuantizeLinear", quantised::quantise),
    (ONNX, "DequantizeLinear", quantised::dequantise),
    (ONNX, "QLinearConv", quantised::conv),
    (ONNX, "QLinearMatMul", quantised::matmul),
    (MICROSOFT, "QuantizeLinear", quantised::quantise),
    (MICROSOFT, "DequantizeLinear", quantised::dequantise),
    (MICROSOFT, "QGemm", quantised::gemm),
    (MICROSOFT, "QLinearAdd", quantised::add),
    (MICROSOFT, "QLinearSigmoid", |importer, call| {
        quantised::through_reals(importer, call, |importer, call, x| {
            activation(importer, call, x, Op::Sigmoid)
        })
    }),
    (MICROSOFT, "QLinearLeakyRelu", |importer, call| {
        let op = activation::leaky_relu(call)?;
        quantised::through_reals(importer, call, |importer, call, x| {
            activation(importer, call, x, op.clone())
        })
    }),
    (MICROSOFT, "QLinearGlobalAveragePool", |importer, call| {
        quantised::channels_first(call)?;
        quantised::through_reals(importer, call, |importer, call, x| {
            pooling::global_pool(importer, call, x, Op::GlobalAvgPool)
        })
    }),
    (MICROSOFT, "QLinearAveragePool", |importer, call| {
        quantised::channels_first(call)?;
        quantised::through_reals(importer, call, pooling::average_pool_of)
    }),
];

/// What imports the operator `op` of `domain`.
pub(super) fn importing(domain: &str, op: &str) -> Result<Importing, Problem> {
    let found = TABLE.iter().find(|&&(known, name, _)| (known, name) == (domain, op));
    match found {
        Some(&(_, _, importing)) => Ok(importing),
        None if domain.starts_with(ONNX) || domain == MICROSOFT => Err(Problem::UnknownOperator),
        None => Err(Problem::UnknownDomain { domain: domain.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engines_operations_are_written_as_is_read() {
        for op in Op::examples() {
            for operator in op.onnx().operators {
                assert!(importing(ONNX, operator).is_ok(), "{operator} of {}", op.name());
            }
        }
    }

    #[test]
    fn each_operator_has_one_line() {
        for (i, (domain, op, _)) in TABLE.iter().enumerate() {
            assert!(!TABLE[..i].iter().any(|(d, o, _)| (d, o) == (domain, op)), "{domain} {op}");
        }
    }
}
