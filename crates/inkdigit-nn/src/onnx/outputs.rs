//! What a file's outputs are made of: the network's last value, and what may follow it.

/// What stands between the network's last value (its logits) and an output of the file. It isn't part of the
/// graph: logits are what training and calibration work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// The value itself.
    Logits,
    /// Its softmax.
    Softmax,
    /// The logarithm of its softmax.
    LogSoftmax,
    /// The index of the largest number.
    ArgMax,
}
