//! Decoding what people have (PNG, JPEG, GIF, BMP, WebP; colour, alpha, 16 bits, EXIF rotation) into gray
//! levels. What is ink and what is paper is decided later, in [`crate::preprocess`].

use std::io::Cursor;
use std::path::Path;

use image::error::LimitErrorKind;
use image::metadata::Orientation;
use image::{ImageDecoder, ImageError, ImageFormat, ImageReader};

use crate::GrayImage;
use crate::error::{PictureError, Result, UNNAMED};
use crate::gray_image::zero_sized;
use crate::luminance;

/// What a picture may ask of the machine before it is decoded. A few kilobytes can announce gigapixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureLimits {
    /// The most pixels (columns times rows).
    pub max_pixels: u64,
    /// The most bytes that decoding may allocate.
    pub max_bytes: u64,
}

impl Default for PictureLimits {
    /// 100 megapixels: twice what telephones take; and room for four 16-bit channels of each.
    fn default() -> Self {
        Self::pixels(100_000_000)
    }
}

impl PictureLimits {
    /// Limits for pictures of at most `max_pixels` pixels, with memory in proportion.
    pub fn pixels(max_pixels: u64) -> Self {
        // 64 MiB besides the pixels are for the decoders' own tables and metadata.
        Self { max_pixels, max_bytes: max_pixels.saturating_mul(8).saturating_add(64 << 20) }
    }
}

impl GrayImage {
    /// A picture from red, green, blue and opacity, as a browser's canvas has them; colours and transparent
    /// parts become gray levels as [`GrayImage::decode`] says.
    ///
    /// # Shapes
    /// - `pixels`: `[height, width, 4]`, opacity not multiplied into the colours
    ///
    /// # Errors
    /// [`PictureError::ZeroSizedPicture`], [`PictureError::PixelCount`].
    ///
    /// ```
    /// use inkdigit_image::GrayImage;
    ///
    /// // Black ink, and nothing: that is paper.
    /// let canvas = GrayImage::from_rgba(2, 1, vec![0, 0, 0, 255, 0, 0, 0, 0])?;
    /// assert_eq!(canvas.pixels(), [0, 255]);
    /// # Ok::<(), inkdigit_image::PictureError>(())
    /// ```
    pub fn from_rgba(width: usize, height: usize, pixels: Vec<u8>) -> Result<Self> {
        if width == 0 || height == 0 {
            return Err(zero_sized(width as u64, height as u64));
        }
        if width.checked_mul(height).and_then(|count| count.checked_mul(4)) != Some(pixels.len()) {
            return Err(PictureError::PixelCount { found: pixels.len() / 4, width, height });
        }
        // Ink drawn in black on white is gray already, which saves a browser most of the work on a drawing.
        let (whole, _) = pixels.as_chunks();
        if whole.iter().all(|&[red, green, blue, alpha]| red == green && green == blue && alpha == 255) {
            return Self::new(width, height, whole.iter().map(|&[level, ..]| level).collect());
        }
        Ok(luminance::of_rgba(width, height, whole))
    }

    /// Decodes PNG, JPEG, GIF (its first frame), BMP or WebP, told apart by their content.
    ///
    /// EXIF orientation is applied. Colours become luminance (ITU-R BT.709). Transparent parts become white
    /// paper; only where most of a picture is transparent and what is left is light, as white ink drawn on
    /// nothing, they become black.
    ///
    /// # Errors
    /// [`PictureError::NotAPicture`], [`PictureError::UnsupportedPicture`], [`PictureError::DamagedPicture`],
    /// [`PictureError::ZeroSizedPicture`]; [`PictureError::TooManyPixels`] and [`PictureError::TooMuchMemory`] before the pixels
    /// are decoded. They speak of "the picture": [`PictureError::in_file`] gives it a name.
    ///
    /// ```
    /// use inkdigit_image::{ErrorKind, GrayImage, PictureLimits};
    ///
    /// let png = std::fs::read("../../docs/pictures/synthetic-3.png").unwrap();
    /// let picture = GrayImage::decode(&png, PictureLimits::default())?;
    ///
    /// // What is too large is refused before it is decoded.
    /// let pixels = (picture.width() * picture.height()) as u64;
    /// let refused = GrayImage::decode(&png, PictureLimits::pixels(pixels - 1)).unwrap_err();
    /// assert_eq!(refused.kind(), ErrorKind::TooLarge);
    /// # Ok::<(), inkdigit_image::PictureError>(())
    /// ```
    pub fn decode(bytes: &[u8], limits: PictureLimits) -> Result<Self> {
        let format = recognise(bytes)?;
        let name = format.extensions_str()[0].to_uppercase();
        let failed = |error| decoding_error(error, &name, limits);

        // PNG, GIF and BMP with a zero in their size are refused by the decoders as merely damaged.
        if let Some((width, height)) = announced_size(bytes, format)
            && (width == 0 || height == 0)
        {
            return Err(zero_sized(width, height));
        }
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        let mut allocation = image::Limits::no_limits();
        allocation.max_alloc = Some(limits.max_bytes);
        reader.limits(allocation);
        let mut decoder = reader.into_decoder().map_err(failed)?;

        let (width, height) = decoder.dimensions();
        let (width, height) = (width as u64, height as u64);
        if width == 0 || height == 0 {
            return Err(zero_sized(width, height));
        }
        if width * height > limits.max_pixels {
            return Err(PictureError::TooManyPixels {
                file: UNNAMED.into(),
                width,
                height,
                limit: limits.max_pixels,
            });
        }
        if decoder.total_bytes() > limits.max_bytes {
            return Err(PictureError::TooMuchMemory { file: UNNAMED.into(), limit: limits.max_bytes });
        }
        let orientation = decoder.orientation().map_err(failed)?;
        let (size, colours) = ((width as usize, height as usize), decoder.color_type());
        let mut bytes = vec![0; decoder.total_bytes() as usize];
        decoder.read_image(&mut bytes).map_err(failed)?;
        let picture = luminance::of_colours(size, colours, bytes)
            .ok_or_else(|| PictureError::UnsupportedPicture { file: UNNAMED.into(), format: name.clone() })?;
        Ok(upright(picture, orientation))
    }

    /// Reads and decodes a picture file; see [`GrayImage::decode`].
    ///
    /// # Errors
    /// [`PictureError::Read`], and those of [`GrayImage::decode`] with the file's name.
    ///
    /// ```
    /// use inkdigit_image::{GrayImage, PictureLimits};
    ///
    /// let picture = GrayImage::open("../../docs/pictures/synthetic-3.png", PictureLimits::default())?;
    /// assert!(picture.width() > 28);
    ///
    /// let missing = GrayImage::open("none.png", PictureLimits::default()).unwrap_err();
    /// assert_eq!(missing.to_string(), "cannot read none.png");
    /// # Ok::<(), inkdigit_image::PictureError>(())
    /// ```
    pub fn open(path: impl AsRef<Path>, limits: PictureLimits) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|cause| PictureError::read(path, cause))?;
        Self::decode(&bytes, limits).map_err(|error| error.in_file(path.display()))
    }
}

/// The format by the first bytes, or an error that says what they look like.
fn recognise(bytes: &[u8]) -> Result<ImageFormat> {
    let file = || UNNAMED.to_string();
    match image::guess_format(bytes) {
        Ok(format) if format.reading_enabled() => return Ok(format),
        Ok(format) => {
            let name = format.extensions_str()[0].to_uppercase();
            return Err(PictureError::UnsupportedPicture { file: file(), format: name });
        }
        Err(_) => {}
    }
    // Forms the decoder's list lacks but people have; telephones' HEIC is an ISO media file, "ftyp" at 4.
    let text = bytes.trim_ascii_start();
    let known =
        [(&b"%PDF"[..], "PDF"), (b"<svg", "SVG"), (b"<?xml", "XML (perhaps SVG)"), (b"8BPS", "Photoshop")];
    let mut format = known.iter().find(|(start, _)| text.starts_with(start)).map(|&(_, name)| name);
    if bytes.get(4..8) == Some(b"ftyp") {
        format = Some("HEIC or video");
    }
    if let Some(format) = format {
        return Err(PictureError::UnsupportedPicture { file: file(), format: format.into() });
    }
    let found = if bytes.is_empty() {
        "it is empty".to_string()
    } else {
        let start: Vec<String> = bytes.iter().take(8).map(|b| format!("{b:02x}")).collect();
        format!("{} bytes that start with {}", bytes.len(), start.join(" "))
    };
    Err(PictureError::NotAPicture { file: file(), found })
}

/// Columns and rows as the header announces them, for the formats that can announce zero.
fn announced_size(bytes: &[u8], format: ImageFormat) -> Option<(u64, u64)> {
    let number = |at: usize, len: usize, big: bool| -> Option<u64> {
        let field = bytes.get(at..at + len)?;
        let fold = |sum: u64, &byte: &u8| sum << 8 | byte as u64;
        Some(if big { field.iter().fold(0, fold) } else { field.iter().rev().fold(0, fold) })
    };
    match format {
        ImageFormat::Png => Some((number(16, 4, true)?, number(20, 4, true)?)),
        ImageFormat::Gif => Some((number(6, 2, false)?, number(8, 2, false)?)),
        // The old 12-byte header has 16-bit sizes.
        ImageFormat::Bmp if number(14, 4, false)? == 12 => {
            Some((number(18, 2, false)?, number(20, 2, false)?))
        }
        ImageFormat::Bmp => Some((number(18, 4, false)?, number(22, 4, false)?)),
        _ => None,
    }
}

/// The picture as its EXIF entry says that it was held.
fn upright(picture: GrayImage, orientation: Orientation) -> GrayImage {
    match orientation {
        Orientation::NoTransforms => picture,
        Orientation::Rotate90 => picture.turned(1),
        Orientation::Rotate180 => picture.turned(2),
        Orientation::Rotate270 => picture.turned(3),
        Orientation::FlipHorizontal => picture.mirrored(),
        Orientation::FlipVertical => picture.mirrored().turned(2),
        Orientation::Rotate90FlipH => picture.turned(1).mirrored(),
        Orientation::Rotate270FlipH => picture.turned(3).mirrored(),
    }
}

fn decoding_error(error: ImageError, format: &str, limits: PictureLimits) -> PictureError {
    let file = UNNAMED.to_string();
    match error {
        ImageError::Limits(limit) if matches!(limit.kind(), LimitErrorKind::InsufficientMemory) => {
            PictureError::TooMuchMemory { file, limit: limits.max_bytes }
        }
        other => PictureError::DamagedPicture { file, format: format.into(), cause: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageBuffer, Luma, LumaA, Rgb, Rgba};

    use super::*;

    /// The picture as a file of this form.
    fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn decode(bytes: &[u8]) -> Result<GrayImage> {
        GrayImage::decode(bytes, PictureLimits::default())
    }

    /// A chunk of a PNG file, with its checksum.
    fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(data);
        [&(data.len() as u32).to_be_bytes()[..], kind, data, &crc.sum().to_be_bytes()].concat()
    }

    /// A PNG file that announces this size and holds next to nothing.
    fn png_of_size(width: u32, height: u32) -> Vec<u8> {
        let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
        [b"\x89PNG\r\n\x1a\n".to_vec(), png_chunk(b"IHDR", &header), png_chunk(b"IDAT", &[0x78, 0x9c])]
            .concat()
    }

    #[test]
    fn every_form_is_told_by_its_content() {
        let picture = ImageBuffer::from_fn(20, 10, |x, _| Rgb([if x < 10 { 0u8 } else { 255 }; 3]));
        for format in
            [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::WebP]
        {
            let decoded = decode(&encoded(picture.clone(), format)).unwrap();
            assert_eq!((decoded.width(), decoded.height()), (20, 10), "{format:?}");
            assert!(decoded.at(2, 5) < 10 && decoded.at(17, 5) > 245, "{format:?}");
        }
    }

    #[test]
    fn a_canvas_is_as_gray_as_its_file() {
        let colours = |x, y| [40 * x as u8, 90 * y as u8, 7, [0, 60, 255][(x + y) as usize % 3]];
        let many = ImageBuffer::from_fn(6, 3, |x, y| Rgba(colours(x, y)));
        // Light ink on nothing: its paper is black.
        let light = ImageBuffer::from_fn(6, 3, |x, _| Rgba([255, 255, 255, if x == 2 { 255u8 } else { 0 }]));
        let gray =
            ImageBuffer::from_fn(256, 3, |x, y| Rgba([x as u8, x as u8, x as u8, [0, 100, 255][y as usize]]));
        for canvas in [many, light, gray] {
            let (width, height) = (canvas.width() as usize, canvas.height() as usize);
            let picture = GrayImage::from_rgba(width, height, canvas.as_raw().clone()).unwrap();
            assert_eq!(picture, decode(&encoded(canvas, ImageFormat::Png)).unwrap());
        }
        for (width, height, found) in [(0, 3, 0), (2, 2, 15), (2, 2, 20), (usize::MAX, 2, 16)] {
            let error = GrayImage::from_rgba(width, height, vec![9; found]).unwrap_err();
            assert!(
                matches!(error, PictureError::ZeroSizedPicture { .. } | PictureError::PixelCount { .. }),
                "{error}"
            );
        }
    }

    #[test]
    fn sixteen_bits_and_colours_become_luminance() {
        let deep = ImageBuffer::from_pixel(2, 2, Luma([0x8080u16]));
        assert_eq!(decode(&encoded(deep, ImageFormat::Png)).unwrap().pixels(), [0x80; 4]);
        let blue =
            decode(&encoded(ImageBuffer::from_pixel(1, 1, Rgb([0u8, 0, 255])), ImageFormat::Png)).unwrap();
        assert!((17..20).contains(&blue.at(0, 0)), "blue ink is dark: {blue:?}");
    }

    #[test]
    fn transparent_parts_become_paper() {
        let pen = ImageBuffer::from_fn(10, 1, |x, _| LumaA([0u8, if x == 3 { 255 } else { 0 }]));
        let decoded = decode(&encoded(pen, ImageFormat::Png)).unwrap();
        assert_eq!((decoded.at(3, 0), decoded.at(4, 0)), (0, 255));
        let half = ImageBuffer::from_pixel(1, 1, Rgba([0u8, 0, 0, 128]));
        assert_eq!(decode(&encoded(half, ImageFormat::Png)).unwrap().at(0, 0), 127);
        let chalk = ImageBuffer::from_fn(10, 1, |x, _| LumaA([255u8, if x == 3 { 255 } else { 0 }]));
        let decoded = decode(&encoded(chalk, ImageFormat::Png)).unwrap();
        assert_eq!((decoded.at(3, 0), decoded.at(4, 0)), (255, 0), "white ink on nothing stays visible");
    }

    #[test]
    fn exif_orientation_is_applied() {
        let picture = ImageBuffer::from_fn(30, 10, |x, _| Luma([if x < 15 { 0u8 } else { 255 }]));
        let jpeg = encoded(picture, ImageFormat::Jpeg);
        // An APP1 segment right after the start: TIFF with the one entry 0x0112, orientation, 6: turn right.
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        let length = (exif.len() as u16 + 2).to_be_bytes();
        exif = [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat();
        let turned = decode(&exif).unwrap();
        assert_eq!((turned.width(), turned.height()), (10, 30));
        assert!(turned.at(5, 3) < 10 && turned.at(5, 27) > 245, "left has become top");
    }

    #[test]
    fn pictures_are_put_upright_as_the_decoder_does() {
        let picture = ImageBuffer::from_fn(5, 3, |x, y| Luma([(x + 5 * y) as u8]));
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let mut theirs = DynamicImage::from(picture.clone());
            theirs.apply_orientation(orientation);
            let ours = upright(GrayImage::new(5, 3, picture.to_vec()).unwrap(), orientation);
            assert_eq!((ours.width(), ours.height()), (theirs.width() as usize, theirs.height() as usize));
            assert_eq!(ours.pixels(), theirs.as_bytes(), "{orientation:?}");
        }
    }

    #[test]
    fn what_is_no_picture_is_said_with_the_next_step() {
        let good = encoded(ImageBuffer::from_pixel(50, 50, Luma([7u8])), ImageFormat::Png);
        let yuv = [16u8, 16, 17, 16].repeat(400);
        let cases: [(&str, &[u8], &str); 8] = [
            ("empty", b"", "is not a picture: it is empty; expected PNG, JPEG"),
            ("raw yuv", &yuv, "1600 bytes that start with 10 10 11 10"),
            ("text", b"hello there", "is not a picture"),
            ("a pdf", b"%PDF-1.7", "in PDF form"),
            ("a telephone's", b"\0\0\0\x18ftypheic", "in HEIC"),
            ("a tiff", b"II*\0\x08\0\0\0", "in TIFF form"),
            ("cut off", &good[..good.len() / 2], "damaged PNG"),
            ("a header only", &good[..12], "damaged PNG"),
        ];
        for (name, bytes, expected) in cases {
            let error = decode(bytes).expect_err(name).in_file("a.png").to_string();
            assert!(error.starts_with("a.png ") && error.contains(expected), "{name}: {error}");
        }
    }

    #[test]
    fn bombs_and_empty_pictures_are_refused_before_decoding() {
        let error = decode(&png_of_size(60_000, 60_000)).unwrap_err();
        assert!(
            matches!(error, PictureError::TooManyPixels { width: 60_000, limit: 100_000_000, .. }),
            "{error}"
        );
        let small = PictureLimits::pixels(99);
        let picture = encoded(ImageBuffer::from_pixel(10, 10, Rgb([7u8; 3])), ImageFormat::Gif);
        assert!(matches!(GrayImage::decode(&picture, small), Err(PictureError::TooManyPixels { .. })));
        let tight = PictureLimits { max_bytes: 100, ..Default::default() };
        let picture = encoded(ImageBuffer::from_pixel(10, 10, Rgb([7u8; 3])), ImageFormat::Bmp);
        assert!(matches!(
            GrayImage::decode(&picture, tight),
            Err(PictureError::TooMuchMemory { limit: 100, .. })
        ));
        for (width, height) in [(0, 10), (10, 0)] {
            let error = decode(&png_of_size(width, height)).unwrap_err();
            assert!(matches!(error, PictureError::ZeroSizedPicture { .. }), "{error}");
        }
        assert!(matches!(GrayImage::new(0, 3, vec![]), Err(PictureError::ZeroSizedPicture { .. })));
        assert!(matches!(GrayImage::new(2, 3, vec![0; 5]), Err(PictureError::PixelCount { found: 5, .. })));
    }

    #[test]
    fn png_files_written_here_are_read_back() {
        let picture = GrayImage::new(3, 2, vec![0, 50, 100, 150, 200, 255]).unwrap();
        assert_eq!(decode(&picture.to_png()).unwrap(), picture);
        assert_eq!(picture.crop(1, 1, 9, 9).unwrap().pixels(), [200, 255]);
        assert!(picture.crop(3, 0, 1, 1).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(tail in proptest::collection::vec(0u8.., 0..200), start in 0usize..6) {
            let starts: [&[u8]; 6] = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM", b"RIFF\xff\0\0\0WEBP", b""];
            let _ = GrayImage::decode(&[starts[start], &tail].concat(), PictureLimits::pixels(10_000));
        }
    }
}
