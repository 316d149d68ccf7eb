//! Twin of [`crate::upsample`]: each number where it belongs, one after the other.

use crate::upsample::Enlarged;

/// `y[n, r, c] = x[n, r / factor, c / factor]` for each channel.
pub fn upsample(maps: Enlarged, x: &[f32], y: &mut [f32]) {
    for i in 0..y.len() {
        y[i] = x[source(maps, i)];
    }
}

/// `dx[n, r / factor, c / factor] += dy[n, r, c]`, from zero.
pub fn upsample_backward(maps: Enlarged, dy: &[f32], dx: &mut [f32]) {
    dx.fill(0.0);
    for i in 0..dy.len() {
        dx[source(maps, i)] += dy[i];
    }
}

/// The place in the input of the output's number `i`.
fn source(maps: Enlarged, i: usize) -> usize {
    let Enlarged { height, width, channels, factor } = maps;
    let (channel, pixel) = (i % channels, i / channels);
    let (column, row) = (pixel % (width * factor), pixel / (width * factor));
    let (image, row) = (row / (height * factor), row % (height * factor));
    ((image * height + row / factor) * width + column / factor) * channels + channel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pixels_of_two_channels_by_hand() {
        let maps = Enlarged { height: 1, width: 2, channels: 2, factor: 2 };
        let mut y = [0.0; 16];
        upsample(maps, &[1.0, 2.0, 3.0, 4.0], &mut y);
        let row = [1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0];
        assert_eq!(y, [row, row].concat()[..]);
        let mut dx = [9.0; 4];
        upsample_backward(maps, &y, &mut dx);
        assert_eq!(dx, [4.0, 8.0, 12.0, 16.0]);
    }
}
