//! What a finder's network gives for one picture.

use std::mem;

use inkdigit_nn::exec::Memory;
use inkdigit_nn::{Executor, Graph, Params, Shape};

use super::{CHANNELS, SIDE_UNIT, STRIDE};
use inkdigit_image::{GrayImage, to_floats};

/// What the network says of each place of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    rows: usize,
    columns: usize,
    numbers: Vec<f32>,
}

impl Maps {
    /// Maps of these numbers.
    ///
    /// # Shapes
    /// - `numbers`: `[rows, columns, 23]`, see [`CHANNELS`]
    ///
    /// # Panics
    /// If the length doesn't fit.
    pub fn new(rows: usize, columns: usize, numbers: Vec<f32>) -> Self {
        assert_eq!(numbers.len(), rows * columns * CHANNELS, "numbers for each place");
        Self { rows, columns, numbers }
    }

    /// Places one above another.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Places side by side.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All numbers: `[rows, columns, 23]`.
    pub fn numbers(&self) -> &[f32] {
        &self.numbers
    }
}

/// What the network gives for a picture.
///
/// `memory` is worked in, and left for the next one.
pub(super) fn of(graph: &Graph, params: &Params, picture: &GrayImage, memory: &mut Memory) -> Maps {
    let [height, width] = [picture.height(), picture.width()].map(|side| side.next_multiple_of(SIDE_UNIT));
    let graph = graph.resized(Shape::map(1, height, width)).expect("a finder's network takes any size");
    let mut executor = Executor::answering(&graph).in_memory(mem::take(memory));
    let input = executor.input(1);
    let rim = f32::from(rim_level(picture));
    for (y, line) in input.chunks_exact_mut(width).enumerate() {
        let (inside, outside) = line.split_at_mut(picture.width());
        if y < picture.height() {
            to_floats(picture.row(y), inside);
            outside.fill(rim);
        } else {
            line.fill(rim);
        }
    }
    let maps = Maps::new(height / STRIDE, width / STRIDE, executor.infer(params).to_vec());
    *memory = executor.into_memory();
    maps
}

/// The median of the pixels along a picture's edges.
pub(super) fn rim_level(picture: &GrayImage) -> u8 {
    let (width, height) = (picture.width(), picture.height());
    let mut counts = [0usize; 256];
    for y in 0..height {
        let row = picture.row(y);
        let edge = if y == 0 || y + 1 == height { row } else { &[row[0], row[width - 1]][..] };
        edge.iter().for_each(|&level| counts[level as usize] += 1);
    }
    let half = counts.iter().sum::<usize>() / 2;
    let mut below = 0;
    let median = counts.iter().position(|count| {
        below += count;
        below > half
    });
    median.unwrap_or(255) as u8
}
