//! Inference over any number of images.

use super::Executor;
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::params::Params;

/// Images of one block: enough that dense layers reuse their weights, few enough to stay in cache.
pub const BLOCK: usize = 64;

/// Answers for any number of images, worked off in blocks by all threads, each block by one.
///
/// # Shapes
/// `images: [N, H, W, C]` for the graph's input; returns `[N, outputs]`.
///
/// # Errors
/// [`Error::Input`] if the length isn't a whole number of images.
///
/// ```
/// use inkdigit_nn::{Graph, Op, Params, Shape, exec};
///
/// let mut graph = Graph::new(Shape::map(1, 2, 2));
/// graph.then("", Op::GlobalMaxPool)?;
/// let params = Params::init(&graph, 0);
/// assert_eq!(exec::infer(&graph, &params, &[1.0, 4.0, 2.0, 3.0, -1.0, -2.0, -3.0, -4.0])?, [4.0, -1.0]);
/// # Ok::<(), inkdigit_nn::Error>(())
/// ```
pub fn infer(graph: &Graph, params: &Params, images: &[f32]) -> Result<Vec<f32>> {
    let (in_len, out_len) = (graph.input_shape().len(), graph.output_shape().len());
    if in_len == 0 || !images.len().is_multiple_of(in_len) {
        return Err(Error::Input { expected: graph.input_shape(), found: vec![images.len()] });
    }
    let mut output = vec![0.0; images.len() / in_len * out_len];
    let run = |executor: &mut Executor, out: &mut [f32], x: &[f32]| {
        executor.input(x.len() / in_len).copy_from_slice(x);
        out.copy_from_slice(executor.infer(params));
    };
    let executor = || Executor::single_threaded(graph);
    #[cfg(feature = "threads")]
    if images.len() > BLOCK * in_len {
        use rayon::prelude::*;
        output
            .par_chunks_mut(BLOCK * out_len)
            .zip(images.par_chunks(BLOCK * in_len))
            .for_each_init(executor, |executor, (out, x)| run(executor, out, x));
        return Ok(output);
    }
    let mut executor = executor();
    let blocks = output.chunks_mut(BLOCK * out_len).zip(images.chunks(BLOCK * in_len));
    blocks.for_each(|(out, x)| run(&mut executor, out, x));
    Ok(output)
}
