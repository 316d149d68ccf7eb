//! The networks that have a name.

use inkdigit_nn::Op;
use inkdigit_nn::ops::{BatchNorm, Conv2d, Dropout, Extent, Linear, MaxPool2d, Padding};

use super::Layer;

/// A network that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BuiltIn {
    /// Two hidden layers of the MXNet tutorial.
    Mlp,
    /// The MXNet tutorial's form of LeNet, after LeCun et al. (1998).
    Lenet,
    /// CNTK's network, the one in the ONNX model zoo.
    Zoo,
    /// The one of Keras's introduction.
    Keras,
    /// TensorFlow's "Deep MNIST for experts".
    Deep,
    /// Small, for 99 % as quickly as can be.
    Fast,
    /// The one of the embedded model.
    Default,
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Default, Self::Fast, Self::Lenet, Self::Mlp, Self::Zoo, Self::Keras, Self::Deep];

    /// Their names, in the same order.
    pub const NAMES: &'static [&'static str] = &["default", "fast", "lenet", "mlp", "zoo", "keras", "deep"];

    /// The network of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|network| network.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mlp => "mlp",
            Self::Lenet => "lenet",
            Self::Zoo => "zoo",
            Self::Keras => "keras",
            Self::Deep => "deep",
            Self::Fast => "fast",
            Self::Default => "default",
        }
    }

    /// What it is, in one line.
    pub fn description(self) -> &'static str {
        match self {
            Self::Mlp => "two dense layers of 128 and 64 with relu, as in MXNet's tutorial",
            Self::Lenet => {
                "5x5x20 and 5x5x50 with tanh and max pooling, 500 with tanh, as in MXNet's tutorial"
            }
            Self::Zoo => "5x5x8 and 5x5x16 with relu and max pooling, as CNTK's 103D and the ONNX model zoo",
            Self::Keras => "3x3x32 and 3x3x64 with relu and max pooling, dropout, as in Keras's introduction",
            Self::Deep => "5x5x32, 5x5x64 and 1024 with relu, dropout, as TensorFlow's deep MNIST",
            Self::Fast => "5x5x16 and 5x5x32, pooled before relu, and 128: to 99 % in the shortest time",
            Self::Default => "five convolutions with batch normalisation: the network of the embedded model",
        }
    }

    /// Its layers, without the scaling at the beginning.
    pub fn layers(self) -> Vec<Layer> {
        let mut layers = Vec::new();
        match self {
            Self::Mlp => {
                layers.extend([Op::Flatten, dense(128), Op::Relu, dense(64), Op::Relu, dense(10)]);
            }
            Self::Lenet => {
                layers.extend([conv(20, 5, VALID), Op::Tanh, max_pool(2)]);
                layers.extend([conv(50, 5, VALID), Op::Tanh, max_pool(2)]);
                layers.extend([Op::Flatten, dense(500), Op::Tanh, dense(10)]);
            }
            Self::Zoo => {
                layers.extend([conv(8, 5, Padding::Same), Op::Relu, max_pool(2)]);
                layers.extend([conv(16, 5, Padding::Same), Op::Relu, max_pool(3)]);
                layers.extend([Op::Flatten, dense(10)]);
            }
            Self::Keras => {
                layers.extend([conv(32, 3, VALID), Op::Relu, max_pool(2)]);
                layers.extend([conv(64, 3, VALID), Op::Relu, max_pool(2)]);
                layers.extend([Op::Flatten, dropout(0.5), dense(10)]);
            }
            Self::Deep => {
                layers.extend([conv(32, 5, Padding::Same), Op::Relu, max_pool(2)]);
                layers.extend([conv(64, 5, Padding::Same), Op::Relu, max_pool(2)]);
                layers.extend([Op::Flatten, dense(1024), Op::Relu, dropout(0.5), dense(10)]);
            }
            Self::Fast => {
                layers.extend([conv(16, 5, VALID), max_pool(2), Op::Relu]);
                layers.extend([conv(32, 5, VALID), max_pool(2), Op::Relu]);
                layers.extend([Op::Flatten, dense(128), Op::Relu, dense(10)]);
            }
            Self::Default => {
                // Multiples of 16 channels fill whole vectors; 195 thousand parameters stay under a megabyte.
                layers.extend(normalised(32, 5, VALID));
                layers.push(max_pool(2));
                layers.extend(normalised(64, 3, VALID));
                layers.extend(normalised(64, 3, VALID));
                layers.push(max_pool(2));
                layers.extend(normalised(96, 3, Padding::Same));
                layers.extend(normalised(96, 3, Padding::Same));
                layers.extend([Op::GlobalMaxPool, dense(10)]);
            }
        }
        layers.into_iter().map(Layer::Op).collect()
    }
}

const VALID: Padding = Padding::all(0);

fn conv(channels: usize, kernel: usize, padding: Padding) -> Op {
    let (kernel, stride) = (Extent::square(kernel), Extent::square(1));
    Op::Conv2d(Conv2d { channels, kernel, stride, padding, bias: true })
}

/// A convolution with BatchNorm and ReLU. BatchNorm takes any bias away, so there is none.
fn normalised(channels: usize, kernel: usize, padding: Padding) -> [Op; 3] {
    let (kernel, stride) = (Extent::square(kernel), Extent::square(1));
    let conv = Op::Conv2d(Conv2d { channels, kernel, stride, padding, bias: false });
    [conv, Op::BatchNorm(BatchNorm::default()), Op::Relu]
}

fn dense(features: usize) -> Op {
    Op::Linear(Linear { features, bias: true })
}

fn max_pool(size: usize) -> Op {
    Op::MaxPool2d(MaxPool2d { kernel: Extent::square(size), stride: None, padding: VALID })
}

fn dropout(rate: f32) -> Op {
    Op::Dropout(Dropout { rate })
}
