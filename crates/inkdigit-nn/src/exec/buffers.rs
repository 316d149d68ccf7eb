//! The memory of a pass: each value and its gradient, kept from batch to batch.

use super::steps::{Step, readers};
use crate::graph::{Graph, Value};
use crate::operation::Storage;
use inkdigit_kernels::{Isa, update};
use std::mem;

/// Values and their gradients. Where an operation runs in place, two values share a buffer, and so do their
/// gradients.
#[derive(Debug)]
pub(super) struct Buffers {
    /// For each value the buffer that holds it.
    slots: Vec<usize>,
    values: Vec<Vec<f32>>,
    gradients: Vec<Vec<f32>>,
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

    /// A value's buffer, which is empty until it is put back.
    pub(super) fn take_value(&mut self, value: Value) -> Vec<f32> {
        let slot = self.slot(value);
        mem::take(&mut self.values[slot])
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
        let mut numbers = if self.reached[slot] { Vec::new() } else { mem::take(&mut self.gradients[slot]) };
        numbers.resize(self.values[slot].len(), 0.0);
        numbers
    }

    /// Adds to a value's gradient, or begins it.
    pub(super) fn add_gradient(&mut self, value: Value, numbers: Vec<f32>) {
        let slot = self.slot(value);
        if mem::replace(&mut self.reached[slot], true) {
            update::add(Isa::best(), &mut self.gradients[slot], &numbers);
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
