//! The executor: runs a graph forward and backward on the processor.
//!
//! It keeps every buffer between calls, so a training step allocates almost nothing. Two things it does
//! behind the graph's back, neither of which changes a result:
//! - an activation runs in place where nothing else reads what it overwrites;
//! - a convolution that is followed by max pooling alone (a monotone activation may stand between, since
//!   the largest of `f(x)` is `f` of the largest `x`) pools each block of images while it is in cache.

use crate::error::{Error, Result};
use crate::graph::{Graph, Value};
use crate::op::Op;
use crate::ops::{
    self, Activation, ConvState, Flatten, Gelu, LinearState, PoolState, Pooled, RunningStatistics,
};
use crate::parallel::Threads;
use crate::params::Params;
use crate::rng::Rng;
use crate::shape::Shape;
use crate::tensor::Tensor;
use inkdigit_kernels::{Isa, layout, update};
use std::ops::Range;

/// Where the randomness of a training step comes from: dropout draws from a stream of its own for each
/// (seed, step, layer).
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    /// The training's seed.
    pub seed: u64,
    /// The update this pass belongs to.
    pub step: u64,
}

/// Runs one graph. Not for sharing between threads; each may have its own.
#[derive(Debug)]
pub struct Executor {
    graph: Graph,
    steps: Vec<Step>,
    /// Each node's part of the parameters.
    param_ranges: Vec<Range<usize>>,
    /// For each value the buffer that holds it.
    slots: Vec<usize>,
    values: Vec<Vec<f32>>,
    dvalues: Vec<Vec<f32>>,
    /// Which of `dvalues` hold a gradient of the pass under way.
    reached: Vec<bool>,
    states: Vec<State>,
    images: usize,
    /// The last so many images of a batch don't count for BatchNorm's statistics.
    guests: usize,
    threads: Threads,
    /// For each value whether anything wants its gradient: parameters on the way to it, or the caller.
    wanted: Vec<bool>,
}

/// One node, or a convolution with the pooling (and activation) it runs into.
#[derive(Clone, Copy, Debug)]
struct Step {
    node: usize,
    pooling: Option<Pooling>,
}

#[derive(Clone, Copy, Debug)]
struct Pooling {
    activation: Option<usize>,
    pool: usize,
}

impl Step {
    fn last_node(self) -> usize {
        self.pooling.map_or(self.node, |pooling| pooling.pool)
    }
}

/// What a node keeps from the forward to the backward pass and between steps.
#[derive(Debug)]
enum State {
    None,
    Conv(ConvState),
    Linear(LinearState),
    Pool { pool: PoolState, winners: Vec<u32> },
    BatchNorm(RunningStatistics),
    Dropout { mask: Vec<f32> },
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
        Self { wanted: vec![true; executor.wanted.len()], ..executor }
    }

    fn build(graph: &Graph, fuse: bool, threads: Threads) -> Self {
        let nodes = graph.nodes();
        let readers = readers(graph);
        let steps = if fuse { fused_steps(graph, &readers) } else { single_steps(graph) };
        let mut slots: Vec<usize> = (0..=nodes.len()).collect();
        for step in steps.iter().filter(|step| fuse && step.pooling.is_none()) {
            let (node, input) = (&nodes[step.node], nodes[step.node].inputs[0]);
            let overwritable = input.node().is_some_and(|producer| {
                let op = &nodes[producer].op;
                !op.in_place() && !op.on_copy()
            });
            if node.op.in_place() && overwritable && readers[input.index()] == 1 {
                slots[step.node + 1] = slots[input.index()];
            }
        }
        let mut start = 0;
        let param_ranges = nodes
            .iter()
            .map(|node| {
                let len =
                    node.param_specs().iter().map(|spec| spec.shape.iter().product::<usize>()).sum::<usize>();
                start += len;
                start - len..start
            })
            .collect();
        let mut wanted = vec![false; nodes.len() + 1];
        for (index, node) in nodes.iter().enumerate() {
            let trained = node.param_specs().iter().any(|spec| spec.trainable);
            wanted[index + 1] = trained || node.inputs.iter().any(|value| wanted[value.index()]);
        }
        let states = nodes
            .iter()
            .map(|node| {
                let pool = |pool| State::Pool { pool, winners: Vec::new() };
                match &node.op {
                    Op::Conv2d(conv) => State::Conv(conv.state(node.input_shape)),
                    Op::Linear(linear) => State::Linear(linear.state(node.input_shape)),
                    Op::MaxPool2d(layer) => pool(PoolState::max(layer, node.input_shape, node.output_shape)),
                    Op::AvgPool2d(layer) => {
                        pool(PoolState::average(layer, node.input_shape, node.output_shape))
                    }
                    Op::GlobalMaxPool => pool(PoolState::global_max(node.input_shape)),
                    Op::GlobalAvgPool => pool(PoolState::global_average(node.input_shape)),
                    Op::BatchNorm(_) => State::BatchNorm(RunningStatistics::default()),
                    Op::Dropout(_) => State::Dropout { mask: Vec::new() },
                    _ => State::None,
                }
            })
            .collect();
        Self {
            values: vec![Vec::new(); nodes.len() + 1],
            dvalues: vec![Vec::new(); nodes.len() + 1],
            reached: vec![false; nodes.len() + 1],
            graph: graph.clone(),
            steps,
            param_ranges,
            slots,
            states,
            images: 0,
            guests: 0,
            threads,
            wanted,
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
        self.values[0].resize(images * self.graph.input_shape().len(), 0.0);
        &mut self.values[0]
    }

    /// From now on the last `images` of each batch are guests: while training they are normalised with the
    /// others' statistics and don't change them. For what a network should know and not be made for.
    pub fn set_guests(&mut self, images: usize) {
        self.guests = images;
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
        let slot = self.slots[self.graph.output().index()];
        let output = &self.values[slot];
        self.dvalues[slot].resize(output.len(), 0.0);
        (output, &mut self.dvalues[slot])
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

    /// Runs backward from the output's gradient (see [`Executor::loss`]) after a pass of
    /// [`Executor::train`].
    ///
    /// # Shapes
    /// `grads` has the layout of `params` and is overwritten; running statistics get zero.
    pub fn backward(&mut self, params: &Params, grads: &mut [f32]) {
        assert_eq!(grads.len(), params.data().len(), "gradients in the layout of the parameters");
        grads.fill(0.0);
        self.reached.fill(false);
        self.reached[self.slots[self.graph.output().index()]] = true;
        for i in (0..self.steps.len()).rev() {
            let step = self.steps[i];
            if self.reached[self.slots[step.last_node() + 1]] {
                self.step_backward(step, params, grads);
            }
        }
    }

    /// Moves BatchNorm's running statistics toward those of the last training pass.
    pub fn update_running_statistics(&self, params: &mut Params) {
        for ((node, state), range) in self.graph.nodes().iter().zip(&self.states).zip(&self.param_ranges) {
            if let (Op::BatchNorm(layer), State::BatchNorm(batch)) = (&node.op, state) {
                layer.update_running(batch, &mut params.data_mut()[range.clone()]);
            }
        }
    }

    /// A value of the last pass of a [tracing](Executor::tracing) executor.
    ///
    /// # Shapes
    /// `[N, C, H, W]` or `[N, features]`.
    pub fn value(&self, value: Value) -> Tensor {
        channels_first(self.graph.shape(value), self.images, &self.values[self.slots[value.index()]])
    }

    /// The gradient of the input after [`Executor::backward`] of a [tracing](Executor::tracing) executor.
    ///
    /// # Shapes
    /// `[N, C, H, W]`.
    pub fn input_gradient(&self) -> Tensor {
        channels_first(self.graph.input_shape(), self.images, &self.dvalues[0])
    }

    fn forward(&mut self, params: &Params, noise: Option<Noise>) -> &[f32] {
        for i in 0..self.steps.len() {
            self.step_forward(self.steps[i], params, noise);
        }
        &self.values[self.slots[self.graph.output().index()]]
    }

    fn step_forward(&mut self, step: Step, params: &Params, noise: Option<Noise>) {
        let node = &self.graph.nodes()[step.node];
        let last = &self.graph.nodes()[step.last_node()];
        let (images, threads) = (self.images, self.threads);
        let params = &params.data()[self.param_ranges[step.node].clone()];
        let (in_slot, out_slot) = (self.slots[node.inputs[0].index()], self.slots[step.last_node() + 1]);
        let mut y = std::mem::take(&mut self.values[out_slot]);
        y.resize(images * last.output_shape.len(), 0.0);
        // What runs in place finds its input in `y`; whatever else of that kind starts from a copy.
        if (node.op.in_place() || node.op.on_copy()) && in_slot != out_slot {
            y.copy_from_slice(&self.values[in_slot]);
        }
        let x = &self.values[in_slot];
        match (&node.op, &mut self.states[step.node]) {
            (Op::Gelu, _) => Gelu.forward(&mut y),
            (Op::Quantize(quantize), _) => quantize.forward(&mut y),
            (Op::Scale(scale), _) => scale.forward(&mut y),
            (Op::Dropout(dropout), State::Dropout { mask }) => {
                if let Some(Noise { seed, step: update }) = noise {
                    mask.resize(y.len(), 0.0);
                    dropout.forward(&mut Rng::stream(seed, &[update, step.node as u64]), mask, &mut y);
                }
            }
            (Op::Flatten, _) => Flatten.forward(threads, node.input_shape, x, &mut y),
            (Op::Pad(pad), _) => pad.forward(threads, node.input_shape, x, &mut y),
            (Op::Affine(affine), _) => affine.forward(threads, images, params, x, &mut y),
            (Op::Add, _) => ops::add(x, &self.values[self.slots[node.inputs[1].index()]], &mut y),
            (Op::Mul, _) => ops::multiply(x, &self.values[self.slots[node.inputs[1].index()]], &mut y),
            (Op::Linear(linear), State::Linear(state)) => linear.forward(threads, state, params, x, &mut y),
            (Op::BatchNorm(layer), State::BatchNorm(batch)) => match noise {
                Some(_) => {
                    let hosts = images.saturating_sub(self.guests).max(1);
                    layer.forward_training(threads, batch, images, hosts, params, x, &mut y)
                }
                None => layer.forward_inference(threads, images, params, x, &mut y),
            },
            (Op::Conv2d(conv), State::Conv(state)) => match step.pooling {
                None => conv.forward(threads, state, None, params, x, &mut y, &mut []),
                Some(Pooling { activation, pool }) => {
                    // The pooling comes later in the list than its convolution.
                    let (before, after) = self.states.split_at_mut(pool);
                    let (State::Conv(state), State::Pool { pool, winners }) =
                        (&mut before[step.node], &mut after[0])
                    else {
                        unreachable!("states are built from the same nodes")
                    };
                    winners.resize(if noise.is_some() { y.len() } else { 0 }, 0);
                    let pooled = Pooled { window: &pool.window };
                    conv.forward(threads, state, Some(pooled), params, x, &mut y, winners);
                    if let Some(activation) = self.activation(activation) {
                        activation.forward(&mut y);
                    }
                }
            },
            (_, State::Pool { pool, winners }) => {
                winners.resize(if noise.is_some() && pool.has_winners() { y.len() } else { 0 }, 0);
                pool.forward(threads, x, &mut y, winners);
            }
            (op, _) => match op.activation() {
                Some(activation) => activation.forward(&mut y),
                None => unreachable!("{} has a state of its own", op.name()),
            },
        }
        self.values[out_slot] = y;
    }

    fn step_backward(&mut self, step: Step, params: &Params, grads: &mut [f32]) {
        let node = &self.graph.nodes()[step.node];
        let (images, threads) = (self.images, self.threads);
        let range = self.param_ranges[step.node].clone();
        let (params, dparams) = (&params.data()[range.clone()], &mut grads[range]);
        let in_slot = self.slots[node.inputs[0].index()];
        let out_slot = self.slots[step.last_node() + 1];
        let mut dy = std::mem::take(&mut self.dvalues[out_slot]);
        let (x, y) = (&self.values[in_slot], &self.values[out_slot]);

        if matches!(node.op, Op::Mul) {
            for (input, other) in [(0, 1), (1, 0)].map(|(i, j)| (node.inputs[i], node.inputs[j])) {
                if self.wanted[input.index()] {
                    let mut dx = vec![0.0; dy.len()];
                    ops::multiply(&dy, &self.values[self.slots[other.index()]], &mut dx);
                    self.receive(self.slots[input.index()], out_slot, &dx);
                }
            }
            self.dvalues[out_slot] = dy;
            return;
        }
        // What runs in place turns `dy` into the input's gradient where it lies.
        let mut in_place = true;
        match (&node.op, &self.states[step.node]) {
            (Op::Gelu, _) => Gelu.backward(x, &mut dy),
            (Op::Quantize(quantize), _) => quantize.backward(x, &mut dy),
            (Op::Scale(scale), _) => scale.backward(&mut dy),
            (Op::Dropout(dropout), State::Dropout { mask }) => dropout.backward(mask, &mut dy),
            (Op::Add, _) => {}
            (op, _) => match op.activation() {
                Some(activation) => activation.backward(y, &mut dy),
                None => in_place = false,
            },
        }
        if in_place {
            for input in node.inputs.clone() {
                if self.wanted[input.index()] {
                    self.receive(self.slots[input.index()], out_slot, &dy);
                }
            }
            self.dvalues[out_slot] = dy;
            return;
        }

        let wanted = self.wanted[node.inputs[0].index()];
        let mut dx =
            if self.reached[in_slot] { Vec::new() } else { std::mem::take(&mut self.dvalues[in_slot]) };
        if wanted {
            dx.resize(x.len(), 0.0);
        }
        let into = wanted.then_some(&mut dx[..]);
        match (&node.op, &mut self.states[step.node]) {
            (Op::Flatten, _) => {
                if let Some(dx) = into {
                    Flatten.backward(threads, node.input_shape, &dy, dx);
                }
            }
            (Op::Pad(pad), _) => {
                if let Some(dx) = into {
                    pad.backward(threads, node.input_shape, &dy, dx);
                }
            }
            (Op::Affine(affine), _) => affine.backward(threads, images, params, x, &dy, into, dparams),
            (Op::Linear(linear), State::Linear(state)) => {
                linear.backward(threads, state, params, x, &dy, into, dparams);
            }
            (Op::BatchNorm(layer), State::BatchNorm(batch)) => {
                layer.backward(threads, batch, images, params, x, &dy, into, dparams);
            }
            (Op::Conv2d(conv), State::Conv(state)) => match step.pooling {
                None => conv.backward(threads, state, None, params, x, &dy, into, dparams),
                Some(Pooling { activation, pool }) => {
                    if let Some(activation) = self.activation(activation) {
                        activation.backward(y, &mut dy);
                    }
                    let (before, after) = self.states.split_at_mut(pool);
                    let (State::Conv(state), State::Pool { winners, .. }) =
                        (&mut before[step.node], &after[0])
                    else {
                        unreachable!("states are built from the same nodes")
                    };
                    conv.backward(threads, state, Some(&winners[..]), params, x, &dy, into, dparams);
                }
            },
            (_, State::Pool { pool, winners }) => {
                if let Some(dx) = into {
                    pool.backward(threads, winners, &dy, dx);
                }
            }
            (op, _) => unreachable!("{} has a state of its own", op.name()),
        }
        self.dvalues[out_slot] = dy;
        if wanted && self.reached[in_slot] {
            update::add(Isa::best(), &mut self.dvalues[in_slot], &dx);
        } else {
            self.dvalues[in_slot] = dx;
            self.reached[in_slot] = wanted;
        }
    }

    /// The activation of a node that stands between a convolution and its pooling.
    fn activation(&self, node: Option<usize>) -> Option<&dyn Activation> {
        self.graph.nodes()[node?].op.activation()
    }

    /// Hands a gradient on to the buffer of an input that `dy` isn't already in.
    fn receive(&mut self, slot: usize, from: usize, dy: &[f32]) {
        if slot == from {
            return;
        }
        let gradient = &mut self.dvalues[slot];
        if std::mem::replace(&mut self.reached[slot], true) {
            update::add(Isa::best(), gradient, dy);
        } else {
            gradient.clear();
            gradient.extend_from_slice(dy);
        }
    }
}

fn single_steps(graph: &Graph) -> Vec<Step> {
    (0..graph.nodes().len()).map(|node| Step { node, pooling: None }).collect()
}

/// The nodes that run together, by their indices: a convolution with the activation and the pooling it runs
/// into, every other node alone.
pub fn steps(graph: &Graph) -> Vec<Vec<usize>> {
    let steps = fused_steps(graph, &readers(graph));
    steps.into_iter().map(|step| (step.node..=step.last_node()).collect()).collect()
}

/// How often each value is read; the output is, by the caller.
fn readers(graph: &Graph) -> Vec<usize> {
    let mut readers = vec![0; graph.nodes().len() + 1];
    graph.nodes().iter().flat_map(|node| &node.inputs).for_each(|value| readers[value.index()] += 1);
    readers[graph.output().index()] += 1;
    readers
}

/// The nodes in order, each convolution that may joined with its pooling.
fn fused_steps(graph: &Graph, readers: &[usize]) -> Vec<Step> {
    let nodes = graph.nodes();
    // The only reader of a value, which must come right after it.
    let follows = |node: usize| {
        let next = nodes.get(node + 1)?;
        (readers[node + 1] == 1 && next.inputs == [Value::of_node(node)]).then_some(node + 1)
    };
    let pooling = |node: usize| {
        let next = matches!(nodes[node].op, Op::Conv2d(_)).then(|| follows(node)).flatten()?;
        let activation = nodes[next].op.activation().is_some().then_some(next);
        let pool = if activation.is_some() { follows(next)? } else { next };
        matches!(nodes[pool].op, Op::MaxPool2d(_)).then_some(Pooling { activation, pool })
    };
    let mut steps = Vec::new();
    let mut node = 0;
    while node < nodes.len() {
        let step = Step { node, pooling: pooling(node) };
        node = step.last_node() + 1;
        steps.push(step);
    }
    steps
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

/// Answers for any number of images, worked off in blocks by all threads, each block by one.
///
/// # Shapes
/// `images: [N, H, W, C]` for the graph's input; returns `[N, outputs]`.
///
/// # Errors
/// If the length isn't a whole number of images.
pub fn infer(graph: &Graph, params: &Params, images: &[f32]) -> Result<Vec<f32>> {
    let (in_len, out_len) = (graph.input_shape().len(), graph.output_shape().len());
    if in_len == 0 || !images.len().is_multiple_of(in_len) {
        return Err(Error::Input { expected: graph.input_shape(), found: vec![images.len()] });
    }
    let mut output = vec![0.0; images.len() / in_len * out_len];
    infer_into(graph, params, images, &mut output, in_len, out_len);
    Ok(output)
}

/// Images of one block: enough that dense layers reuse their weights, few enough to stay in cache.
const BLOCK: usize = 64;

fn infer_into(
    graph: &Graph,
    params: &Params,
    images: &[f32],
    output: &mut [f32],
    in_len: usize,
    out_len: usize,
) {
    let run = |executor: &mut Executor, out: &mut [f32], x: &[f32]| {
        executor.input(x.len() / in_len).copy_from_slice(x);
        out.copy_from_slice(executor.infer(params));
    };
    let executor = || Executor::single_threaded(graph);
    #[cfg(feature = "threads")]
    if images.len() > BLOCK * in_len {
        use rayon::prelude::*;
        return output
            .par_chunks_mut(BLOCK * out_len)
            .zip(images.par_chunks(BLOCK * in_len))
            .for_each_init(executor, |executor, (out, x)| run(executor, out, x));
    }
    let mut executor = executor();
    let blocks = output.chunks_mut(BLOCK * out_len).zip(images.chunks(BLOCK * in_len));
    blocks.for_each(|(out, x)| run(&mut executor, out, x));
}
