//! The memory of a pass: each value and its gradient, kept from batch to batch.

use super::steps::{Step, readers};
use crate::graph::{Graph, Value};
use crate::operation::Storage;
use inkdigit_kernels::{Isa, update};
use std::mem;

/// Memory of values that are needed no longer: what the system gives anew it clears first, page by page.
#[derive(Debug, Default)]
pub struct Memory(Vec<Vec<f32>>);

/// Values and their gradients. Where an operation runs in place, two values share a buffer, and so do their
/// gradients.
#[derive(Debug)]
pub(super) struct Buffers {
    /// For each value the buffer that holds it.
    slots: Vec<usize>,
    values: Vec<Vec<f32>>,
    gradients: Vec<Vec<f32>>,
    /// Memory that nothing holds just now.
    spare: Vec<Vec<f32>>,
    /// Which of the gradients hold something of the backward pass under way.
    reached: Vec<bool>,
}

impl Buffers {
    /// Buffers for a graph's values; with `share` fewer than there are values.
    pub(super) fn new(graph: &Graph, steps: &[Step], share: bool) -> Self {
        let len = graph.nodes().len() + 1;
        let mut slots: Vec<usize> = (0..len).collect();
        // The graph's input is the caller's, and what a backward pass reads must stay.
        let mut overwritable = vec![false; len];
        let readers = readers(graph);
        for step in steps.iter().filter(|_| share) {
            let (input, output) = (step.inputs[0].index(), step.output().index());
            overwritable[output] = !step.reads_output;
            if step.storage == Storage::InPlace && overwritable[input] && readers[input] == 1 {
                slots[output] = slots[input];
            }
        }
        Self {
            slots,
            values: vec![Vec::new(); len],
            gradients: vec![Vec::new(); len],
            spare: Vec::new(),
            reached: vec![false; len],
        }
    }

    fn slot(&self, value: Value) -> usize {
        self.slots[value.index()]
    }

    /// Whether two values lie in one buffer.
    pub(super) fn is_shared(&self, a: Value, b: Value) -> bool {
        self.slot(a) == self.slot(b)
    }

    pub(super) fn value(&self, value: Value) -> &[f32] {
        &self.values[self.slot(value)]
    }

    /// A value to be written, of this length.
    pub(super) fn resized(&mut self, value: Value, len: usize) -> &mut [f32] {
        let slot = self.slot(value);
        self.values[slot].resize(len, 0.0);
        &mut self.values[slot]
    }

    /// Takes over memory that another graph's values lay in.
    pub(super) fn take_memory(&mut self, memory: Memory) {
        self.spare.extend(memory.0);
    }

    /// All memory, for another graph's values.
    pub(super) fn into_memory(self) -> Memory {
        let all = self.values.into_iter().chain(self.spare);
        Memory(all.filter(|numbers| numbers.capacity() > 0).collect())
    }

    /// A value's buffer, which is empty until it is put back.
    pub(super) fn take_value(&mut self, value: Value) -> Vec<f32> {
        let slot = self.slot(value);
        mem::take(&mut self.values[slot])
    }

    /// A value's buffer to be written, of this length, in memory that is spare where it has none of its own.
    pub(super) fn take_value_of(&mut self, value: Value, len: usize) -> Vec<f32> {
        let slot = self.slot(value);
        let mut numbers = mem::take(&mut self.values[slot]);
        if numbers.capacity() == 0 {
            numbers = self.take_spare(len);
        }
        if numbers.capacity() < len {
            // What stands in it isn't worth copying.
            return vec![0.0; len];
        }
        numbers.resize(len, 0.0);
        numbers
    }

    /// For each step the values whose memory no later step reads or writes. The graph's input and `output` are the
    /// caller's.
    pub(super) fn last_uses(&self, steps: &[Step], output: Value) -> Vec<Vec<Value>> {
        let mut last = vec![None; self.slots.len()];
        for (index, step) in steps.iter().enumerate() {
            for value in step.inputs.iter().copied().chain([step.output()]) {
                last[self.slot(value)] = Some((index, value));
            }
        }
        let kept = [self.slot(Value::INPUT), self.slot(output)];
        let mut uses = vec![Vec::new(); steps.len()];
        for (_, found) in last.into_iter().enumerate().filter(|(slot, _)| !kept.contains(slot)) {
            if let Some((index, value)) = found {
                uses[index].push(value);
            }
        }
        uses
    }

    /// The smallest spare memory for so many numbers, else the largest there is, else none yet.
    fn take_spare(&mut self, len: usize) -> Vec<f32> {
        let fitness = |spare: &Vec<f32>| match spare.capacity() {
            enough if enough >= len => (0, enough - len),
            less => (1, len - less),
        };
        let best = (0..self.spare.len()).min_by_key(|&i| fitness(&self.spare[i]));
        best.map(|i| self.spare.swap_remove(i)).unwrap_or_default()
    }

    /// Makes a value's memory spare: nothing reads it any more.
    pub(super) fn give_up_value(&mut self, value: Value) {
        let numbers = self.take_value(value);
        if numbers.capacity() > 0 {
            self.spare.push(numbers);
        }
    }

    pub(super) fn put_value(&mut self, value: Value, numbers: Vec<f32>) {
        let slot = self.slot(value);
        self.values[slot] = numbers;
    }

    pub(super) fn gradient(&self, value: Value) -> &[f32] {
        &self.gradients[self.slot(value)]
    }

    /// A value, and its gradient to be written.
    pub(super) fn value_and_gradient(&mut self, value: Value) -> (&[f32], &mut [f32]) {
        let slot = self.slot(value);
        let numbers = &self.values[slot];
        self.gradients[slot].resize(numbers.len(), 0.0);
        (numbers, &mut self.gradients[slot])
    }

    /// Nothing has a gradient yet but the output, whose caller has written it.
    pub(super) fn begin_backward(&mut self, output: Value) {
        self.reached.fill(false);
        let slot = self.slot(output);
        self.reached[slot] = true;
    }

    /// Whether a value's gradient was written in this pass.
    pub(super) fn is_reached(&self, value: Value) -> bool {
        self.reached[self.slot(value)]
    }

    /// A gradient's buffer, which is empty until it is put back.
    pub(super) fn take_gradient(&mut self, value: Value) -> Vec<f32> {
        let slot = self.slot(value);
        mem::take(&mut self.gradients[slot])
    }

    pub(super) fn put_gradient(&mut self, value: Value, numbers: Vec<f32>) {
        let slot = self.slot(value);
        self.gradients[slot] = numbers;
    }

    /// A buffer to write a value's gradient to, for [`Buffers::add_gradient`]: its own if nothing stands there.
    pub(super) fn gradient_to_write(&mut self, value: Value) -> Vec<f32> {
        let slot = self.slot(value);
        let len = self.values[slot].len();
        let reached = self.reached[slot];
        let mut numbers = if reached { self.take_spare(len) } else { mem::take(&mut self.gradients[slot]) };
        numbers.resize(len, 0.0);
        numbers
    }

    /// Adds to a value's gradient, or begins it.
    pub(super) fn add_gradient(&mut self, value: Value, numbers: Vec<f32>) {
        let slot = self.slot(value);
        if mem::replace(&mut self.reached[slot], true) {
            update::add(Isa::best(), &mut self.gradients[slot], &numbers);
            self.spare.push(numbers);
        } else {
            self.gradients[slot] = numbers;
        }
    }

    /// Adds the gradient of `from` to that of `value`, unless they are one buffer.
    pub(super) fn copy_gradient(&mut self, value: Value, from: Value, numbers: &[f32]) {
        let slot = self.slot(value);
        if slot == self.slot(from) {
            return;
        }
        let gradient = &mut self.gradients[slot];
        if mem::replace(&mut self.reached[slot], true) {
            update::add(Isa::best(), gradient, numbers);
        } else {
            gradient.clear();
            gradient.extend_from_slice(numbers);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ops::{BatchNorm, Conv2d, Extent, Padding, Upsample2d};
    use crate::{Executor, Graph, Op, Params, Rng, Shape, Value};

    /// Branches, sums, work in place and on copies.
    fn branched() -> Graph {
        let conv = |channels, stride| {
            let (kernel, stride) = (Extent::square(3), Extent::square(stride));
            Op::Conv2d(Conv2d { channels, kernel, stride, padding: Padding::all(1), bias: true })
        };
        let mut graph = Graph::new(Shape::map(1, 64, 96));
        let mut kept = Vec::new();
        for op in
            [conv(8, 2), Op::Relu, conv(24, 1), Op::BatchNorm(BatchNorm::default()), conv(24, 2), Op::Silu]
        {
            kept.push(graph.then("", op).unwrap());
        }
        graph.then("", Op::Upsample2d(Upsample2d { factor: 2 })).unwrap();
        graph.push("", Op::Add, &[graph.output(), kept[3]]).unwrap();
        graph.push("", Op::Add, &[kept[2], Value::of_node(7)]).unwrap();
        for _ in 0..8 {
            graph.then("", conv(24, 1)).unwrap();
        }
        graph.then("", conv(3, 1)).unwrap();
        graph
    }

    #[test]
    fn answers_are_the_same_in_as_little_memory_as_there_may_be() {
        let graph = branched();
        let params = Params::init(&graph, 1);
        let mut rng = Rng::new(1);
        let mut executors = [Executor::answering(&graph), Executor::single_threaded(&graph)];
        // The second and the third answer are computed in memory that was used before.
        for images in [1, 1, 3, 1] {
            let x: Vec<f32> = (0..images * 64 * 96).map(|_| rng.normal()).collect();
            let [a, b] = executors.each_mut().map(|executor| {
                executor.input(images).copy_from_slice(&x);
                executor.infer(&params).to_vec()
            });
            assert!(a == b, "{images} images");
        }
        let held = |executor: &Executor| {
            let buffers = &executor.buffers;
            buffers.values.iter().chain(&buffers.spare).map(Vec::capacity).sum::<usize>()
        };
        let [few, all] = executors.each_ref().map(held);
        assert!(2 * few < all, "{few} numbers and {all}");
    }
}
