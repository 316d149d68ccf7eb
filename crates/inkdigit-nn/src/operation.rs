//! What an operation is, and how it runs.
//!
//! Each file of [`ops`](crate::ops) implements both traits, so that all there is to know of an operation stands
//! in one place. [`Operation`] describes it: shapes, parameters, memory, names. [`Run`] computes it, on a value
//! that holds the operation together with what it keeps between passes, so that the two can't be mismatched.

use crate::error::Misfit;
use crate::parallel::Threads;
use crate::param_spec::ParamSpec;
use crate::rng::Noise;
use crate::shape::Shape;
use std::fmt;

/// What an operation says about itself.
pub(crate) trait Operation {
    /// Its name in configuration files and error messages.
    fn name(&self) -> &'static str;

    /// How ONNX says it.
    fn onnx(&self) -> OnnxForm;

    /// How many values it takes: one or two. Two have one shape.
    fn inputs(&self) -> usize {
        1
    }

    /// The shape it turns `input` into, or why it can't take it.
    fn output(&self, input: Shape) -> Result<Shape, Misfit>;

    /// Its parameters for such an input, in the order they lie in the arena.
    fn params(&self, _input: Shape) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// Multiply-adds of one sample's forward pass; 0 for what isn't a matrix product.
    fn multiply_adds(&self, _input: Shape, _output: Shape) -> u64 {
        0
    }

    /// Where its output lies.
    fn storage(&self) -> Storage {
        Storage::Apart
    }

    /// Whether it is an activation that runs [in place](Storage::InPlace) and whose larger inputs never give
    /// smaller outputs: it may then trade places with max pooling.
    fn is_monotone(&self) -> bool {
        false
    }

    /// The operation ready to run on samples of these shapes.
    fn start(&self, input: Shape, output: Shape) -> Box<dyn Run>;
}

/// Where an operation's output lies, and with it what its backward pass may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Storage {
    /// Over its input: number by number, and the backward pass needs the output at most.
    InPlace,
    /// Over a copy of its (first) input, which the backward pass needs. Both passes work in place: forward on
    /// the copy, backward on the output's gradient, which then is that of every input.
    OnCopy,
    /// In memory of its own.
    Apart,
}

/// How ONNX says an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnnxForm {
    /// The operators it is written as: the first alone, or several together, which ones depending on the opset
    /// and on its constants.
    pub operators: &'static [&'static str],
    /// The first opset that can say it, 7 or later.
    pub since: i64,
}

impl OnnxForm {
    /// Operators that opset 7 has already.
    pub(crate) const fn of(operators: &'static [&'static str]) -> Self {
        Self { operators, since: 7 }
    }
}

/// What a forward and a backward pass of one operation have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pass<'a> {
    /// How its work may be split.
    pub(crate) threads: Threads,
    /// N, the samples of the batch.
    pub(crate) images: usize,
    /// How many of them, from the first, a statistic over the batch counts.
    pub(crate) counted: usize,
    /// Its place in the graph, which names its stream of random numbers.
    pub(crate) node: usize,
    /// While training, where randomness comes from; none at inference.
    pub(crate) noise: Option<Noise>,
    /// Its parameters, one after the other.
    pub(crate) params: &'a [f32],
    /// Its (first) input; empty for what runs [in place](Storage::InPlace), which finds it in the output.
    pub(crate) x: &'a [f32],
    /// Its second input, where it takes two.
    pub(crate) second: &'a [f32],
}

/// What a backward pass reads and writes.
#[derive(Debug)]
pub(crate) struct Gradients<'a> {
    /// The output of the forward pass.
    pub(crate) y: &'a [f32],
    /// The output's gradient. What runs [in place](Storage::InPlace) or [on a copy](Storage::OnCopy) turns it
    /// into its input's.
    pub(crate) dy: &'a mut [f32],
    /// What runs [apart](Storage::Apart) writes its (first) input's gradient here, if that is required.
    pub(crate) dx: Option<&'a mut [f32]>,
    /// The same for the second input.
    pub(crate) dsecond: Option<&'a mut [f32]>,
    /// The parameters' gradient is added to this.
    pub(crate) dparams: &'a mut [f32],
}

/// An operation at work, with all it keeps between passes.
pub(crate) trait Run: fmt::Debug + Send + Sync {
    /// Writes its output.
    ///
    /// # Shapes
    /// `pass.x: [N, input]`, `y: [N, output]`, maps channels-last. [In place](Storage::InPlace) and
    /// [on a copy](Storage::OnCopy) `y` holds the input.
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]);

    #[cfg(feature = "training")]
    /// Writes the inputs' gradients and adds to the parameters'.
    ///
    /// # Shapes
    /// As [`Run::forward`]; each gradient is like its value.
    fn backward(&mut self, pass: &Pass<'_>, gradients: Gradients<'_>);

    #[cfg(feature = "training")]
    /// Moves running statistics among its parameters toward those of the last training pass.
    fn update_running_statistics(&self, _params: &mut [f32]) {}
}
