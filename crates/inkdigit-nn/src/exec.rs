//! The executor: runs a graph forward and backward on the processor.
//!
//! It keeps every buffer between calls, so a training step allocates almost nothing. Two things it does
//! behind the graph's back, neither of which changes a result:
//! - an activation runs in place where nothing else reads what it overwrites (`buffers`);
//! - a convolution that is followed by max pooling alone (a monotone activation may stand between) runs together
//!   with it (`steps`).
//!
//! `blocks` works off more images than one batch holds.

mod blocks;
mod buffers;
mod steps;

use crate::graph::{Graph, Value};
use crate::operation::{Gradients, Pass, Storage};
use crate::parallel::Threads;
use crate::params::Params;
use crate::shape::Shape;
use crate::tensor::Tensor;
use buffers::Buffers;
use inkdigit_kernels::{Isa, layout};
use steps::{Place, Step};

pub use crate::rng::Noise;
pub use blocks::{BLOCK, infer};
pub use buffers::Memory;
pub use steps::steps;

/// Runs one graph. Not for sharing between threads; each may have its own.
///
/// ```
/// use inkdigit_nn::{Executor, Graph, Op, Optimizer, OptimizerConfig, Params, Shape, exec::Noise, ops::Linear};
///
/// let mut graph = Graph::new(Shape::Features(2));
/// graph.then("fc", Op::Linear(Linear { features: 2, bias: true }))?;
/// let mut params = Params::init(&graph, 0);
/// let mut grads = vec![0.0; params.data().len()];
/// let config = OptimizerConfig::Sgd { momentum: 0.0, nesterov: false, weight_decay: 0.0 };
/// let mut optimizer = Optimizer::new(config, &params);
/// let mut executor = Executor::single_threaded(&graph);
/// let mut losses = Vec::new();
/// for step in 0..20 {
///     executor.input(2).copy_from_slice(&[0.0, 1.0, 1.0, 0.0]);
///     executor.train(&params, Noise { seed: 0, step });
///     losses.push(executor.loss(&[0, 1], 0.0).mean);
///     executor.backward(&params, &mut grads);
///     optimizer.step(&mut params, &grads, 0.5);
/// }
/// assert!(losses[19] < 0.5 * losses[0]);
/// # Ok::<(), inkdigit_nn::Error>(())
/// ```
#[derive(Debug)]
pub struct Executor {
    graph: Graph,
    steps: Vec<Step>,
    buffers: Buffers,
    images: usize,
    /// The last so many images of a batch don't count for BatchNorm's statistics.
    excluded_from_statistics: usize,
    threads: Threads,
    /// For each step the values that nothing reads after it, where only answers are wanted.
    given_up: Vec<Vec<Value>>,
    /// For each value whether its gradient is needed: by parameters on the way to it, or by the caller.
    requires_grad: Vec<bool>,
}

impl Executor {
    /// An executor that uses the threads of the pool it is called in.
    pub fn new(graph: &Graph) -> Self {
        Self::build(graph, true, Threads::all())
    }

    /// An executor that stays on the calling thread: for one picture, or where the caller runs several.
    pub fn single_threaded(graph: &Graph) -> Self {
        Self::build(graph, true, Threads::ONE)
    }

    /// An executor that keeps every value apart, for [`Executor::value`], and computes the gradient of the
    /// input, for [`Executor::input_gradient`].
    pub fn tracing(graph: &Graph) -> Self {
        let executor = Self::build(graph, false, Threads::all());
        Self { requires_grad: vec![true; executor.requires_grad.len()], ..executor }
    }

    /// An executor for answers to large samples: [`Executor::infer`] keeps no value longer than something reads it,
    /// and splits each convolution of a single sample among the threads of the pool it is called in.
    pub fn answering(graph: &Graph) -> Self {
        let executor = Self::build(graph, true, Threads::all());
        let given_up = executor.buffers.last_uses(&executor.steps, graph.output());
        Self { given_up, ..executor }
    }

    /// The same executor in memory that another one worked in.
    #[must_use]
    pub fn in_memory(mut self, memory: Memory) -> Self {
        self.buffers.take_memory(memory);
        self
    }

    /// Its memory, for another one.
    pub fn into_memory(self) -> Memory {
        self.buffers.into_memory()
    }

    fn build(graph: &Graph, join: bool, threads: Threads) -> Self {
        let steps = steps::start(graph, join);
        let buffers = Buffers::new(graph, &steps, join);
        Self {
            graph: graph.clone(),
            steps,
            buffers,
            images: 0,
            excluded_from_statistics: 0,
            threads,
            given_up: Vec::new(),
            requires_grad: requires_grad(graph),
        }
    }

    /// The graph it runs.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The batch to run next, for the caller to fill: `images` samples, maps channels-last (`[N, H, W, C]`;
    /// with one channel that is `[N, 1, H, W]` as well).
    pub fn input(&mut self, images: usize) -> &mut [f32] {
        self.images = images;
        self.buffers.resized(Value::INPUT, images * self.graph.input_shape().len())
    }

    /// From now on the last `images` of each batch are left out of BatchNorm's statistics: while training they
    /// are normalised with the others' and don't change them. For what a network should know and not be made
    /// for.
    pub fn exclude_from_statistics(&mut self, images: usize) {
        self.excluded_from_statistics = images;
    }

    /// Runs the batch for its answers: no dropout, BatchNorm by its running statistics.
    ///
    /// # Shapes
    /// Returns `[N, outputs]`.
    pub fn infer(&mut self, params: &Params) -> &[f32] {
        self.forward(params, None)
    }

    /// Runs the batch as training does.
    ///
    /// # Shapes
    /// Returns `[N, outputs]`.
    pub fn train(&mut self, params: &Params, noise: Noise) -> &[f32] {
        self.forward(params, Some(noise))
    }

    /// The output of the last pass, and a buffer for its gradient.
    pub fn output_and_gradient(&mut self) -> (&[f32], &mut [f32]) {
        self.buffers.value_and_gradient(self.graph.output())
    }

    /// The batch's loss; its gradient stands ready for [`Executor::backward`].
    ///
    /// # Panics
    /// If there isn't one label for each image of the last pass.
    pub fn loss(&mut self, labels: &[u8], label_smoothing: f32) -> crate::Loss {
        let classes = self.graph.output_shape().len();
        let (logits, dlogits) = self.output_and_gradient();
        crate::loss::cross_entropy(logits, labels, classes, label_smoothing, dlogits)
    }

    #[cfg(feature = "training")]
    /// Runs backward from the output's gradient (see [`Executor::loss`]) after a pass of
    /// [`Executor::train`].
    ///
    /// # Shapes
    /// `grads` has the layout of `params` and is overwritten; running statistics get zero.
    ///
    /// # Panics
    /// If `grads` hasn't the length of `params`.
    pub fn backward(&mut self, params: &Params, grads: &mut [f32]) {
        assert_eq!(grads.len(), params.data().len(), "gradients in the layout of the parameters");
        grads.fill(0.0);
        self.buffers.begin_backward(self.graph.output());
        for index in (0..self.steps.len()).rev() {
            if self.buffers.is_reached(self.steps[index].output()) {
                self.step_backward(index, params, grads);
            }
        }
    }

    #[cfg(feature = "training")]
    /// Moves BatchNorm's running statistics toward those of the last training pass.
    pub fn update_running_statistics(&self, params: &mut Params) {
        for step in &self.steps {
            step.run.update_running_statistics(&mut params.data_mut()[step.params.clone()]);
        }
    }

    /// A value of the last pass of a [tracing](Executor::tracing) executor.
    ///
    /// # Shapes
    /// `[N, C, H, W]` or `[N, features]`.
    pub fn value(&self, value: Value) -> Tensor {
        channels_first(self.graph.shape(value), self.images, self.buffers.value(value))
    }

    /// The gradient of the input after [`Executor::backward`] of a [tracing](Executor::tracing) executor.
    ///
    /// # Shapes
    /// `[N, C, H, W]`.
    pub fn input_gradient(&self) -> Tensor {
        channels_first(self.graph.input_shape(), self.images, self.buffers.gradient(Value::INPUT))
    }

    fn batch(&self, noise: Option<Noise>) -> Batch {
        let counted = self.images.saturating_sub(self.excluded_from_statistics).max(1);
        Batch { threads: self.threads, images: self.images, counted, noise }
    }

    fn forward(&mut self, params: &Params, noise: Option<Noise>) -> &[f32] {
        let batch = self.batch(noise);
        for (index, step) in self.steps.iter_mut().enumerate() {
            let output = step.output();
            let mut y = self.buffers.take_value_of(output, batch.images * step.output_len);
            if step.storage != Storage::Apart && !self.buffers.is_shared(step.inputs[0], output) {
                y.copy_from_slice(self.buffers.value(step.inputs[0]));
            }
            let pass = batch.pass(&step.place, &self.buffers, params);
            step.run.forward(&pass, &mut y);
            self.buffers.put_value(output, y);
            // A backward pass would read them.
            if noise.is_none() {
                let given_up = self.given_up.get(index).into_iter().flatten();
                given_up.for_each(|&value| self.buffers.give_up_value(value));
            }
        }
        self.buffers.value(self.graph.output())
    }

    #[cfg(feature = "training")]
    fn step_backward(&mut self, index: usize, params: &Params, grads: &mut [f32]) {
        let batch = self.batch(None);
        let Self { steps, buffers, requires_grad, .. } = self;
        let step = &mut steps[index];
        let output = step.output();
        let mut dy = buffers.take_gradient(output);
        let mut input_gradient = |input: Option<&Value>| {
            let input =
                *input.filter(|input| step.storage == Storage::Apart && requires_grad[input.index()])?;
            Some((input, buffers.gradient_to_write(input)))
        };
        let mut dx = input_gradient(step.inputs.first());
        let mut dsecond = input_gradient(step.inputs.get(1));
        let pass = batch.pass(&step.place, buffers, params);
        let gradients = Gradients {
            y: buffers.value(output),
            dy: &mut dy,
            dx: dx.as_mut().map(|(_, dx)| &mut dx[..]),
            dsecond: dsecond.as_mut().map(|(_, dx)| &mut dx[..]),
            dparams: &mut grads[step.params.clone()],
        };
        step.run.backward(&pass, gradients);
        match step.storage {
            Storage::Apart => {
                [dx, dsecond].into_iter().flatten().for_each(|(input, dx)| buffers.add_gradient(input, dx));
            }
            Storage::InPlace | Storage::OnCopy => {
                for input in step.inputs.iter().filter(|input| requires_grad[input.index()]) {
                    buffers.copy_gradient(*input, output, &dy);
                }
            }
        }
        buffers.put_gradient(output, dy);
    }
}

/// What all steps of one pass have in common.
#[derive(Clone, Copy)]
struct Batch {
    threads: Threads,
    images: usize,
    counted: usize,
    noise: Option<Noise>,
}

impl Batch {
    /// What the step at `place` is given.
    fn pass<'a>(self, place: &Place, buffers: &'a Buffers, params: &'a Params) -> Pass<'a> {
        let Self { threads, images, counted, noise } = self;
        Pass {
            threads,
            images,
            counted,
            node: place.nodes.start,
            noise,
            params: &params.data()[place.params.clone()],
            x: buffers.value(place.inputs[0]),
            second: place.inputs.get(1).map_or(&[], |&second| buffers.value(second)),
        }
    }
}

/// For each value whether parameters on the way to it need its gradient.
fn requires_grad(graph: &Graph) -> Vec<bool> {
    let mut requires_grad = vec![false; graph.nodes().len() + 1];
    for (index, node) in graph.nodes().iter().enumerate() {
        let trained = node.param_specs().iter().any(|spec| spec.trainable);
        requires_grad[index + 1] = trained || node.inputs.iter().any(|value| requires_grad[value.index()]);
    }
    requires_grad
}

fn channels_first(shape: Shape, images: usize, values: &[f32]) -> Tensor {
    let mut tensor = Tensor::zeros([vec![images], shape.dims()].concat());
    let len = shape.len();
    if len > 0 {
        for (out, x) in tensor.data_mut().chunks_mut(len).zip(values.chunks(len)) {
            layout::transpose(Isa::best(), x, shape.channels(), 0, out);
        }
    }
    tensor
}
