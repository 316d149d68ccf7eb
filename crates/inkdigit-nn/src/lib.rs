//! The small neural-network engine of Inkdigit: graphs, gradients, optimizers.
//!
//! A [`Graph`] describes a network as data, [`Params`] holds its numbers in one arena, an [`Executor`] runs
//! it forward and backward, an [`Optimizer`] moves the parameters. It is no general tensor library: it has
//! float32, and the operations these networks need. It knows no digits, pictures, files or clocks.
//!
//! ```
//! use inkdigit_nn::{Executor, Graph, Op, Params, Shape, ops::Linear};
//!
//! let mut graph = Graph::new(Shape::map(1, 28, 28));
//! graph.then("", Op::Flatten)?;
//! graph.then("fc", Op::Linear(Linear { features: 10, bias: true }))?;
//! let params = Params::init(&graph, 0);
//! let mut executor = Executor::new(&graph);
//! executor.input(2).fill(0.5);
//! assert_eq!(executor.infer(&params).len(), 2 * 10);
//! # Ok::<(), inkdigit_nn::Error>(())
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs, unreachable_pub)]
// What backward passes alone use lies idle where they are left out.
#![cfg_attr(not(feature = "training"), allow(dead_code, unused_imports))]

pub mod centre_loss;
pub mod error;
pub mod exec;
pub mod fold;
pub mod freeze;
pub mod graph;
pub mod loss;
pub mod machine;
mod operation;
pub mod ops;
pub mod optim;
mod parallel;
mod param_spec;
pub mod params;
pub mod rng;
pub mod schedule;
pub mod shape;
pub mod tensor;

pub use centre_loss::{CentreBox, CentreLoss, CentreTargets, CentreWeights, centre_loss};
pub use error::{Error, ErrorKind, Misfit, Result};
pub use exec::Executor;
pub use graph::{Graph, Node, Value};
pub use inkdigit_kernels::reduce::argmax;
pub use loss::{Loss, NO_CLASS, cross_entropy, probabilities};
pub use operation::OnnxForm;
pub use ops::Op;
pub use optim::{Ema, Optimizer, OptimizerConfig};
pub use params::{ParamInfo, Params};
pub use rng::Rng;
pub use schedule::Schedule;
pub use shape::Shape;
pub use tensor::Tensor;
