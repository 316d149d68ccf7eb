//! Offsets that lead outside a slice must panic before anything is read: behind the asserts of
//! `indirect_matmul` the addresses are trusted.

use inkdigit_kernels::Isa;
use inkdigit_kernels::conv::{Conv2d, ConvShape};
use inkdigit_kernels::conv_sparse::Winners;
use inkdigit_kernels::matmul::{Columns, Indirect, Output, Start, indirect_matmul};

/// A product of 2 rows, 3 steps of depth and 4 columns whose slices fit exactly.
struct Product {
    a_len: usize,
    a_rows: [u32; 2],
    depth: Vec<u32>,
    b_len: usize,
    stride: usize,
    columns: usize,
    bias_len: usize,
    out_len: usize,
    out_rows: Vec<u32>,
}

fn fitting() -> Product {
    Product {
        a_len: 8,
        a_rows: [5, 0],
        depth: vec![1, 2, 0],
        b_len: 16,
        stride: 6,
        columns: 4,
        bias_len: 4,
        out_len: 11,
        out_rows: vec![0, 7],
    }
}

impl Product {
    fn run(self) {
        let (a, b, bias) = (vec![1.0; self.a_len], vec![1.0; self.b_len], vec![1.0; self.bias_len]);
        let mut out = vec![0.0; self.out_len];
        indirect_matmul(
            Isa::best(),
            Indirect { data: &a, rows: &self.a_rows, depth: &self.depth },
            Columns { data: &b, stride: self.stride, columns: self.columns },
            Start::Bias(&bias),
            Output { data: &mut out, rows: &self.out_rows },
        );
        assert_eq!(out[..4], [4.0; 4]);
    }
}

#[test]
fn what_fits_exactly_is_taken() {
    fitting().run();
}

#[test]
#[should_panic(expected = "rows of the left matrix and of the output")]
fn fewer_output_rows() {
    Product { out_rows: vec![0], ..fitting() }.run();
}

#[test]
#[should_panic(expected = "left matrix out of bounds")]
fn left_matrix_one_short() {
    Product { a_len: 7, ..fitting() }.run();
}

#[test]
#[should_panic(expected = "left matrix out of bounds")]
fn left_row_far_outside() {
    Product { a_rows: [0, u32::MAX], ..fitting() }.run();
}

#[test]
#[should_panic(expected = "left matrix out of bounds")]
fn left_depth_far_outside() {
    Product { depth: vec![0, u32::MAX, 0], ..fitting() }.run();
}

#[test]
#[should_panic(expected = "right matrix out of bounds")]
fn right_matrix_one_short() {
    Product { b_len: 15, ..fitting() }.run();
}

#[test]
#[should_panic(expected = "right matrix out of bounds")]
fn a_stride_that_wraps_around() {
    // Twice this stride is 2^64, which is 0 where overflow isn't checked.
    Product { stride: 1 << (usize::BITS - 1), ..fitting() }.run();
}

#[test]
#[should_panic(expected = "columns of the right matrix overlap")]
fn stride_under_the_columns() {
    Product { stride: 3, ..fitting() }.run();
}

#[test]
#[should_panic(expected = "output out of bounds")]
fn output_one_short() {
    Product { out_len: 10, ..fitting() }.run();
}

#[test]
#[should_panic(expected = "output out of bounds")]
fn output_row_far_outside() {
    Product { out_rows: vec![0, u32::MAX], ..fitting() }.run();
}

#[test]
#[should_panic(expected = "output out of bounds")]
fn columns_that_wrap_around() {
    let none = Product { depth: vec![], stride: usize::MAX, columns: usize::MAX - 6, ..fitting() };
    none.run();
}

#[test]
#[should_panic(expected = "bias and columns")]
fn bias_one_short() {
    Product { bias_len: 3, ..fitting() }.run();
}

fn conv() -> Conv2d {
    Conv2d::new(ConvShape {
        height: 4,
        width: 4,
        in_channels: 1,
        out_channels: 2,
        kernel: [3, 3],
        stride: [1, 1],
    })
}

#[test]
#[should_panic(expected = "whole images")]
fn half_an_image() {
    conv().forward(Isa::best(), &[0.0; 15], &[0.0; 18], None, &mut [0.0; 8]);
}

#[test]
#[should_panic(expected = "as many outputs as inputs")]
fn fewer_outputs() {
    conv().forward(Isa::best(), &[0.0; 32], &[0.0; 18], None, &mut [0.0; 8]);
}

#[test]
#[should_panic(expected = "right matrix out of bounds")]
fn weights_one_short() {
    conv().forward(Isa::best(), &[0.0; 16], &[0.0; 17], None, &mut [0.0; 8]);
}

#[test]
#[should_panic(expected = "out of bounds")]
fn weights_of_a_long_row_one_short() {
    let shape =
        ConvShape { height: 1, width: 9, in_channels: 1, out_channels: 2, kernel: [1, 3], stride: [1, 1] };
    Conv2d::new(shape).forward(Isa::best(), &[0.0; 9], &[0.0; 5], None, &mut [0.0; 14]);
}

#[test]
#[should_panic(expected = "output out of bounds")]
fn gradient_of_weights_one_short() {
    conv().add_weight_gradient(Isa::best(), &[0.0; 16], &[0.0; 8], &mut [0.0; 17]);
}

#[test]
#[should_panic(expected = "right matrix out of bounds")]
fn transposed_weights_one_short() {
    conv().add_input_gradient(Isa::best(), &[0.0; 8], &[0.0; 17], &mut [0.0; 16]);
}

#[test]
#[should_panic(expected = "kernel larger than the padded input")]
fn kernel_larger_than_the_input() {
    Conv2d::new(ConvShape { height: 2, ..*conv().shape() });
}

/// Gathers one image's winners with one convolution and adds the weights' gradient with another.
fn winners(gather: &Conv2d, winner: u32, add: &Conv2d, x_len: usize) {
    let mut list = Winners::default();
    gather.gather_winners(1, &[1.0; 2], &[winner; 2], &mut list);
    add.add_sparse_weight_gradient(
        Isa::best(),
        &vec![1.0; x_len],
        &list,
        &mut vec![0.0; 2 * add.shape().taps()],
    );
}

#[test]
fn the_last_winner_is_taken() {
    winners(&conv(), 3, &conv(), 16);
}

#[test]
#[should_panic(expected = "index out of bounds")]
fn winner_outside_the_output() {
    winners(&conv(), 4, &conv(), 16);
}

#[test]
#[should_panic(expected = "the images the winners point into")]
fn winners_of_more_images() {
    winners(&conv(), 3, &conv(), 15);
}

#[test]
#[should_panic(expected = "winners of another convolution")]
fn winners_of_a_smaller_kernel() {
    let small = Conv2d::new(ConvShape { kernel: [1, 1], ..*conv().shape() });
    winners(&small, 15, &conv(), 16);
}
