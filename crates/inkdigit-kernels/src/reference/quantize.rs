//! Twin of [`crate::quantize`]. In float32: which integer a quotient rounds to is part of what is specified.

use crate::quantize::Grid;

/// `x / scale`, rounded to the nearest integer, halves to the even one.
fn rounded(x: f32, scale: f32) -> f32 {
    let quotient = x / scale;
    let below = quotient.floor();
    match (quotient - below).partial_cmp(&0.5) {
        Some(std::cmp::Ordering::Less) => below,
        Some(std::cmp::Ordering::Greater) => below + 1.0,
        Some(std::cmp::Ordering::Equal) => below + below.rem_euclid(2.0),
        None => quotient,
    }
}

/// `y = clamp(round(x / scale), low, high)` in place, halves to the even neighbour; NaN stays.
pub fn quantize(grid: Grid, y: &mut [f32]) {
    for y in y {
        *y = rounded(*y, grid.scale);
        if *y < grid.low {
            *y = grid.low;
        } else if *y > grid.high {
            *y = grid.high;
        }
    }
}

/// `dx = dy / scale where the rounded x / scale lies in low..=high, else 0`, in place over `dy`; `x` is the
/// *input* of [`quantize`].
pub fn quantize_backward(grid: Grid, x: &[f32], dy: &mut [f32]) {
    for i in 0..dy.len() {
        let inside = (grid.low..=grid.high).contains(&rounded(x[i], grid.scale));
        dy[i] = if inside { dy[i] / grid.scale } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { scale: 0.5, low: -2.0, high: 3.0 };

    #[test]
    fn halves_go_to_the_even_neighbour_and_ends_hold() {
        let mut y = [0.25, 0.75, 1.25, -0.25, -0.75, 0.3, -0.9, 9.0, -9.0];
        quantize(GRID, &mut y);
        assert_eq!(y, [0.0, 2.0, 2.0, 0.0, -2.0, 1.0, -2.0, 3.0, -2.0]);
    }

    #[test]
    fn the_gradient_goes_straight_through_inside() {
        let mut dy = [1.0; 5];
        // In units of the scale: 0.6, 3.4 (rounds inside), 3.6 (outside), -2.4, -2.6.
        quantize_backward(GRID, &[0.3, 1.7, 1.8, -1.2, -1.3], &mut dy);
        assert_eq!(dy, [2.0, 2.0, 0.0, 2.0, 0.0]);
    }
}
