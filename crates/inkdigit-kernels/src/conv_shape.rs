//! What a convolution is, in numbers.

/// A convolution over images that carry their padding already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvShape {
    /// Height of the padded input.
    pub height: usize,
    /// Width of the padded input.
    pub width: usize,
    /// Input channels.
    pub in_channels: usize,
    /// Output channels.
    pub out_channels: usize,
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Steps down and across.
    pub stride: [usize; 2],
}

impl ConvShape {
    /// Output height and width.
    pub fn output(&self) -> [usize; 2] {
        [
            (self.height - self.kernel[0]) / self.stride[0] + 1,
            (self.width - self.kernel[1]) / self.stride[1] + 1,
        ]
    }

    /// Output positions P of one image.
    pub fn positions(&self) -> usize {
        let [height, width] = self.output();
        height * width
    }

    /// Taps K: the fan-in of one output.
    pub fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.in_channels
    }

    /// Numbers of one padded input image.
    pub fn input_len(&self) -> usize {
        self.height * self.width * self.in_channels
    }

    /// Numbers of one output image.
    pub fn output_len(&self) -> usize {
        self.positions() * self.out_channels
    }
}
