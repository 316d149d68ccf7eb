//! From colours of any form to luminance on paper.
//!
//! In integers: the same on every machine, and without the decoder's machinery for colour spaces.

use image::ColorType;

use crate::GrayImage;

/// A decoded picture, rows from above, whole pixels one after another and 16 bits in the machine's order; none for
/// a form that pictures of 8 and 16 bits don't have.
pub(crate) fn of_colours(
    (width, height): (usize, usize),
    colours: ColorType,
    bytes: Vec<u8>,
) -> Option<GrayImage> {
    let on_white = |pixels| GrayImage { width, height, pixels };
    Some(match colours {
        ColorType::L8 => on_white(bytes),
        ColorType::L16 => on_white(eight_bits(&bytes)),
        ColorType::Rgb8 => on_white(bytes.as_chunks().0.iter().copied().map(luminance).collect()),
        ColorType::Rgb16 => {
            on_white(eight_bits(&bytes).as_chunks().0.iter().copied().map(luminance).collect())
        }
        ColorType::La8 => on_paper(width, height, bytes.as_chunks().0),
        ColorType::La16 => on_paper(width, height, eight_bits(&bytes).as_chunks().0),
        ColorType::Rgba8 => of_rgba(width, height, bytes.as_chunks().0),
        ColorType::Rgba16 => of_rgba(width, height, eight_bits(&bytes).as_chunks().0),
        _ => return None,
    })
}

/// Red, green, blue and opacity, laid on paper.
///
/// # Shapes
/// - `pixels`: `[height, width]`
pub(crate) fn of_rgba(width: usize, height: usize, pixels: &[[u8; 4]]) -> GrayImage {
    let pixels: Vec<[u8; 2]> =
        pixels.iter().map(|&[red, green, blue, alpha]| [luminance([red, green, blue]), alpha]).collect();
    on_paper(width, height, &pixels)
}

/// How light a colour is: the luminance of sRGB's primaries (ITU-R BT.709) in units of 10^-7, rounded.
fn luminance([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 2_126_390 * u32::from(red) + 7_151_687 * u32::from(green) + 721_923 * u32::from(blue);
    ((sum + 5_000_000) / 10_000_000) as u8
}

/// Numbers of 16 bits as the nearest of 8.
fn eight_bits(bytes: &[u8]) -> Vec<u8> {
    let (numbers, _) = bytes.as_chunks();
    numbers.iter().map(|&number| ((u32::from(u16::from_ne_bytes(number)) + 128) / 257) as u8).collect()
}

/// Luminance and opacity, laid on paper; see [`GrayImage::decode`] for the paper's colour.
///
/// # Shapes
/// - `pixels`: `[height, width]`
fn on_paper(width: usize, height: usize, pixels: &[[u8; 2]]) -> GrayImage {
    let (mut visible, mut light) = (0u64, 0u64);
    for &[gray, alpha] in pixels {
        visible += u64::from(alpha);
        light += u64::from(gray) * u64::from(alpha);
    }
    let mostly_transparent = visible * 2 < 255 * (width * height) as u64;
    let light_ink = light > visible * 160;
    let paper = if mostly_transparent && light_ink { 0 } else { 255u32 };
    let over_paper = |&[gray, alpha]: &[u8; 2]| {
        let (gray, alpha) = (u32::from(gray), u32::from(alpha));
        ((gray * alpha + paper * (255 - alpha) + 127) / 255) as u8
    };
    GrayImage { width, height, pixels: pixels.iter().map(over_paper).collect() }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageBuffer, LumaA, Rgba};

    use super::*;

    /// What becomes of a picture here, and of the same with the decoder's own luminance.
    fn both(picture: DynamicImage) -> [GrayImage; 2] {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let theirs = match picture.color().has_alpha() {
            true => on_paper(width, height, picture.to_luma_alpha8().as_chunks().0),
            false => GrayImage { width, height, pixels: picture.to_luma8().into_raw() },
        };
        let ours = of_colours((width, height), picture.color(), picture.as_bytes().to_vec());
        [ours.unwrap(), theirs]
    }

    /// Whether two pictures differ by one level at most, and in few pixels: the decoder adds in floats.
    fn alike([ours, theirs]: [GrayImage; 2]) -> bool {
        let pairs = || ours.pixels.iter().zip(&theirs.pixels);
        pairs().all(|(&a, &b)| a.abs_diff(b) <= 1)
            && pairs().filter(|(a, b)| a != b).count() * 200 < ours.pixels.len()
    }

    #[test]
    fn colours_are_as_light_as_the_decoder_has_them() {
        // Every seventh red, green and blue.
        let level = |step: u32| (7 * step).min(255) as u8;
        let colours = ImageBuffer::from_fn(37 * 37, 37, |x, y| {
            Rgba([level(x / 37), level(x % 37), level(y), (255 - x / 10) as u8])
        });
        let colours = DynamicImage::from(colours);
        assert!(alike(both(colours.to_rgb8().into())), "RGB");
        assert!(alike(both(colours.to_rgb16().into())), "RGB of 16 bits");
        assert!(alike(both(colours.to_rgba16().into())), "RGB and opacity of 16 bits");
        assert!(alike(both(colours)), "RGB and opacity");
        // Gray stays as it is.
        assert!((0..=255).all(|level| luminance([level; 3]) == level));
    }

    #[test]
    fn gray_is_as_the_decoder_has_it() {
        let gray = ImageBuffer::from_fn(256, 256, |x, y| LumaA([(x + 256 * y) as u16, 60_000 - y as u16]));
        let gray = DynamicImage::from(gray);
        for picture in [gray.to_luma8().into(), gray.to_luma_alpha8().into(), gray.to_luma16().into(), gray] {
            let [ours, theirs] = both(picture);
            assert!(ours == theirs);
        }
    }

    #[test]
    fn floats_are_no_form_of_a_picture_here() {
        assert!(of_colours((1, 1), ColorType::Rgb32F, vec![0; 12]).is_none());
    }
}
