//! The digits and the question mark as 5x7 bitmaps.

/// Columns of a glyph.
pub(crate) const WIDTH: usize = 5;

/// Rows of a glyph.
pub(crate) const HEIGHT: usize = 7;

/// A row is a number, its highest of five bits the left column.
pub(crate) type Glyph = [u8; HEIGHT];

/// Stands for what wasn't read.
pub(crate) const UNKNOWN: Glyph = [0b01110, 0b10001, 0b00001, 0b00110, 0b00100, 0b00000, 0b00100];

const DIGITS: [Glyph; 10] = [
    [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
    [0b00100, 0b01100, 0b10100, 0b00100, 0b00100, 0b00100, 0b11111],
    [0b01110, 0b10001, 0b00001, 0b00010, 0b00100, 0b01000, 0b11111],
    [0b11110, 0b00001, 0b00001, 0b01110, 0b00001, 0b00001, 0b11110],
    [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010],
    [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
    [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
    [0b11111, 0b00001, 0b00010, 0b00010, 0b00100, 0b00100, 0b00100],
    [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
    [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100],
];

/// The glyph of a digit; of any other number, the question mark.
pub(crate) fn of(digit: u8) -> &'static Glyph {
    DIGITS.get(usize::from(digit)).unwrap_or(&UNKNOWN)
}

/// Columns and rows of the glyph's set pixels.
pub(crate) fn pixels(glyph: &Glyph) -> impl Iterator<Item = (usize, usize)> {
    let places = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
    places.filter(|&(x, y)| glyph[y] >> (WIDTH - 1 - x) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seven_looks_like_one() {
        let mut rows = [*b"....."; HEIGHT];
        pixels(of(7)).for_each(|(x, y)| rows[y][x] = b'#');
        let rows: Vec<_> = rows.iter().map(|row| str::from_utf8(row).unwrap()).collect();
        assert_eq!(rows, ["#####", "....#", "...#.", "...#.", "..#..", "..#..", "..#.."]);
    }

    #[test]
    fn any_two_differ_in_three_pixels_at_least() {
        let all: Vec<_> = (0..=10).map(of).collect();
        for (i, a) in all.iter().enumerate() {
            for (j, b) in all[..i].iter().enumerate() {
                let different: u32 = a.iter().zip(*b).map(|(a, b)| (a ^ b).count_ones()).sum();
                assert!(different >= 3, "{i} and {j}");
            }
        }
    }
}
