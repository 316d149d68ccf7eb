//! Numbers as digits: tensors of any usual shape and range into 28x28 images.

use inkdigit::{DigitImage, IMAGE_PIXELS, IMAGE_SIDE};

use crate::problem::Problem;

/// The digits in a tensor of pixels, bright ink on dark.
///
/// Pixels are from 0 to 255; a tensor whose largest number is at most 1 is taken as 0 to 1, as many programs
/// scale their images. One in 8 bits never is: pass its largest number as 255 in `scaled_to`.
///
/// # Shapes
/// `[28, 28]` or `[784]` for one image; `[N, 28, 28]`, `[N, 784]`, `[N, 1, 28, 28]` or `[N, 28, 28, 1]`. With
/// `batched` the first dimension must be the batch, so the first two are not taken.
///
/// # Errors
/// [`Problem::Content`] names `place`, the shape or the first number that is wrong.
pub(crate) fn from_numbers(
    place: &str,
    shape: &[usize],
    numbers: &[f32],
    batched: bool,
) -> Result<Vec<DigitImage>, Problem> {
    check_shape(place, shape, numbers.len(), batched)?;
    if let Some((index, number)) =
        numbers.iter().enumerate().find(|(_, number)| !(0.0..=255.0).contains(*number))
    {
        let place = format!("number {index} of {place}");
        return Err(Problem::content(place, number, "a pixel from 0 to 255, or all from 0 to 1"));
    }
    let largest = numbers.iter().fold(0.0f32, |largest, &number| largest.max(number));
    let factor = if largest <= 1.0 { 255.0 } else { 1.0 };
    let image =
        |pixels: &[f32; IMAGE_PIXELS]| DigitImage::new(pixels.map(|pixel| (pixel * factor).round() as u8));
    Ok(numbers.as_chunks().0.iter().map(image).collect())
}

/// The digits in a tensor of bytes, 0 ground to 255 ink. Shapes and errors are those of [`from_numbers`].
pub(crate) fn from_bytes(
    place: &str,
    shape: &[usize],
    bytes: &[u8],
    batched: bool,
) -> Result<Vec<DigitImage>, Problem> {
    check_shape(place, shape, bytes.len(), batched)?;
    Ok(bytes.as_chunks().0.iter().map(|&pixels| DigitImage::new(pixels)).collect())
}

fn check_shape(place: &str, shape: &[usize], len: usize, batched: bool) -> Result<(), Problem> {
    const S: usize = IMAGE_SIDE;
    let fits = match shape {
        [S, S] | [IMAGE_PIXELS] => !batched,
        [_, S, S] | [_, IMAGE_PIXELS] | [_, 1, S, S] | [_, S, S, 1] => true,
        // Lists that are empty tell nothing of what would be in them.
        [0, ..] => true,
        _ => false,
    };
    if !fits {
        let expected = "[N, 28, 28], [N, 784], [N, 1, 28, 28] or [N, 28, 28, 1]";
        return Err(Problem::content(format!("the shape of {place}"), format!("{shape:?}"), expected));
    }
    let count = shape.iter().try_fold(1usize, |count, &len| count.checked_mul(len));
    if count != Some(len) {
        let place = format!("the number of values in {place}");
        let expected = match count {
            Some(count) => format!("{count} by its shape {shape:?}"),
            None => format!("as many as its shape {shape:?} says, which is beyond any memory"),
        };
        return Err(Problem::content(place, len, expected));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_shape_is_taken() {
        let two = vec![9.0; 2 * IMAGE_PIXELS];
        for shape in [&[2, 28, 28][..], &[2, 784], &[2, 1, 28, 28], &[2, 28, 28, 1]] {
            let digits = from_numbers("x", shape, &two, true).unwrap();
            assert_eq!(digits, [DigitImage::new([9; IMAGE_PIXELS]); 2], "{shape:?}");
        }
        for shape in [&[28, 28][..], &[784]] {
            assert_eq!(from_numbers("x", shape, &two[..784], false).unwrap().len(), 1);
            assert!(from_numbers("x", shape, &two[..784], true).is_err(), "{shape:?}");
        }
        assert!(from_numbers("x", &[0], &[], true).unwrap().is_empty());
        assert_eq!(from_bytes("x", &[1, 784], &[200; 784], true).unwrap()[0].pixels()[5], 200);
        // A byte is a byte: one that is 1 isn't white.
        assert_eq!(from_bytes("x", &[1, 784], &[1; 784], true).unwrap()[0].pixels()[5], 1);
    }

    #[test]
    fn pixels_are_from_0_to_255_or_to_1() {
        let first = |numbers: &[f32]| from_numbers("x", &[1, 784], numbers, true).map(|d| d[0].pixels()[0]);
        assert_eq!(first(&[254.6; 784]).unwrap(), 255);
        assert_eq!(first(&[0.5; 784]).unwrap(), 128);
        assert_eq!(first(&[1.0; 784]).unwrap(), 255);
        assert_eq!(first(&[0.0; 784]).unwrap(), 0);
        let mut mixed = [0.0; 784];
        for wrong in [-0.1, 255.5, f32::NAN, f32::INFINITY] {
            mixed[17] = wrong;
            let error = first(&mixed).unwrap_err().to_string();
            assert!(error.contains("number 17 of x is") && error.contains("0 to 255"), "{error}");
        }
    }

    #[test]
    fn shapes_that_lie_are_refused() {
        for (shape, len) in [
            (&[][..], 1),
            (&[3], 3),
            (&[2, 28, 28], 784),
            (&[1, 28, 27], 756),
            (&[usize::MAX, 28, 28], 784),
            (&[0, 28, 28], 784),
            (&[1, 28, 28, 3], 2352),
        ] {
            assert!(from_numbers("x", shape, &vec![0.0; len], true).is_err(), "{shape:?}");
        }
    }
}
