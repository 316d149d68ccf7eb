//! IDX, the form in which MNIST and its kin come: a magic number, the sizes (big-endian), then the values.
//! With or without gzip, told apart by content.
//!
//! Labels may also be QMNIST's: a matrix of eight 32-bit numbers a row, the first of which is the class.

use std::io::{self, BufRead, BufReader, Read, Write};

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::error::{Error, Result};
use inkdigit_image::{IMAGE_PIXELS, IMAGE_SIDE};

const IMAGES: u32 = 0x0803; // unsigned bytes, three dimensions
const LABELS: u32 = 0x0801; // unsigned bytes, one dimension
const QMNIST_LABELS: u32 = 0x0c02; // 32-bit integers, two dimensions

/// How much is made room for before the first value has been seen: all of MNIST, but not what a header may
/// claim. (Untouched room costs nothing.)
const RESERVE: u64 = 64 << 20;

/// Reads 28x28 images.
///
/// # Shapes
/// - result: `[N, 28, 28]`, one after the other
///
/// # Errors
/// [`Error::IdxMagic`], [`Error::IdxShape`], [`Error::IdxTruncated`], [`Error::IdxOversized`],
/// [`Error::Gzip`], [`Error::Read`](inkdigit::Error::Read); `file` is the name they give.
pub fn read_images(file: &str, reader: impl Read) -> Result<Vec<u8>> {
    let mut idx = Idx::open(file, reader)?;
    idx.magic(&[IMAGES], "images")?;
    let [count, rows, columns] = [idx.number()?, idx.number()?, idx.number()?];
    if (rows as usize, columns as usize) != (IMAGE_SIDE, IMAGE_SIDE) {
        return Err(Error::IdxShape { file: file.into(), rows, columns });
    }
    idx.rest(count as u64 * IMAGE_PIXELS as u64)
}

/// Reads labels.
///
/// # Shapes
/// - result: `[N]`, each 0 to 9
///
/// # Errors
/// As [`read_images`], and [`Error::LabelOutOfRange`].
pub fn read_labels(file: &str, reader: impl Read) -> Result<Vec<u8>> {
    let mut idx = Idx::open(file, reader)?;
    let magic = idx.magic(&[LABELS, QMNIST_LABELS], "labels")?;
    let count = idx.number()? as u64;
    let labels: Vec<u32> = if magic == LABELS {
        idx.rest(count)?.into_iter().map(u32::from).collect()
    } else {
        let columns = idx.number()?;
        let row = (columns.max(1) as usize).saturating_mul(4);
        let values = idx.rest(count.saturating_mul(columns as u64).saturating_mul(4))?;
        values.chunks_exact(row).map(|row| u32::from_be_bytes([row[0], row[1], row[2], row[3]])).collect()
    };
    match labels.iter().position(|&label| label > 9) {
        Some(index) => Err(Error::LabelOutOfRange { file: file.into(), index, found: labels[index] }),
        None => Ok(labels.into_iter().map(|label| label as u8).collect()),
    }
}

/// Writes images, compressed if `gzip`.
///
/// # Shapes
/// - `images`: `[N, 28, 28]`
///
/// # Errors
/// Those of `writer`.
pub fn write_images(writer: impl Write, images: &[u8], gzip: bool) -> io::Result<()> {
    let side = IMAGE_SIDE as u32;
    write(writer, &[IMAGES, (images.len() / IMAGE_PIXELS) as u32, side, side], images, gzip)
}

/// Writes labels, compressed if `gzip`.
///
/// # Errors
/// Those of `writer`.
pub fn write_labels(writer: impl Write, labels: &[u8], gzip: bool) -> io::Result<()> {
    write(writer, &[LABELS, labels.len() as u32], labels, gzip)
}

fn write(mut writer: impl Write, header: &[u32], values: &[u8], gzip: bool) -> io::Result<()> {
    let header: Vec<u8> = header.iter().flat_map(|number| number.to_be_bytes()).collect();
    if gzip {
        let mut encoder = GzEncoder::new(writer, Compression::default());
        encoder.write_all(&header)?;
        encoder.write_all(values)?;
        return encoder.finish().map(|_| ());
    }
    writer.write_all(&header)?;
    writer.write_all(values)
}

/// An IDX stream being read, decompressed, with what is needed to say what is wrong with it.
struct Idx<'a, R: Read> {
    file: &'a str,
    stream: Stream<R>,
    read: u64,
}

enum Stream<R: Read> {
    Plain(BufReader<R>),
    Gzip(Box<MultiGzDecoder<BufReader<R>>>),
}

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(buffer),
            Self::Gzip(reader) => reader.read(buffer),
        }
    }
}

impl<'a, R: Read> Idx<'a, R> {
    fn open(file: &'a str, reader: R) -> Result<Self> {
        let mut reader = BufReader::with_capacity(1 << 17, reader);
        let start = reader.fill_buf().map_err(|cause| Error::read(file.as_ref(), cause))?;
        let gzip = start.starts_with(&[0x1f, 0x8b]);
        let stream = match gzip {
            true => Stream::Gzip(Box::new(MultiGzDecoder::new(reader))),
            false => Stream::Plain(reader),
        };
        Ok(Self { file, stream, read: 0 })
    }

    /// The first number of the file, if it is one of `expected`.
    fn magic(&mut self, expected: &[u32], kind: &'static str) -> Result<u32> {
        let found = self.number()?;
        if expected.contains(&found) {
            return Ok(found);
        }
        Err(Error::IdxMagic { file: self.file.into(), found, expected: expected[0], kind })
    }

    fn number(&mut self) -> Result<u32> {
        let mut bytes = [0; 4];
        for byte in &mut bytes {
            let got = self.stream.read(std::slice::from_mut(byte));
            if got.map_err(|cause| self.failed(cause, 4))? == 0 {
                return Err(self.truncated(4));
            }
            self.read += 1;
        }
        Ok(u32::from_be_bytes(bytes))
    }

    /// All that follows, which must be exactly `expected` values.
    fn rest(&mut self, expected: u64) -> Result<Vec<u8>> {
        let whole = self.read.saturating_add(expected);
        let mut values = Vec::with_capacity(expected.min(RESERVE) as usize);
        let result = (&mut self.stream).take(expected).read_to_end(&mut values);
        self.read += values.len() as u64;
        result.map_err(|cause| self.failed(cause, whole))?;
        if (values.len() as u64) < expected {
            return Err(self.truncated(whole));
        }
        // Looking beyond the end also has gzip compare its checksum.
        match self.stream.read(&mut [0]) {
            Ok(0) => Ok(values),
            Ok(_) => Err(Error::IdxOversized { file: self.file.into(), expected: whole }),
            Err(cause) => Err(self.failed(cause, whole)),
        }
    }

    fn truncated(&self, expected: u64) -> Error {
        Error::IdxTruncated { file: self.file.into(), found: self.read, expected }
    }

    fn failed(&self, cause: io::Error, expected: u64) -> Error {
        match (&self.stream, cause.kind()) {
            (Stream::Plain(_), _) => Error::read(self.file.as_ref(), cause),
            (Stream::Gzip(_), io::ErrorKind::UnexpectedEof) if self.read < expected => {
                self.truncated(expected)
            }
            (Stream::Gzip(_), _) => Error::Gzip { file: self.file.into(), source: cause },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images_file(count: usize, gzip: bool) -> (Vec<u8>, Vec<u8>) {
        let pixels: Vec<u8> = (0..count * IMAGE_PIXELS).map(|i| (i * 31 % 251) as u8).collect();
        let mut file = Vec::new();
        write_images(&mut file, &pixels, gzip).unwrap();
        (file, pixels)
    }

    #[test]
    fn what_was_written_is_read_with_and_without_gzip() {
        for gzip in [false, true] {
            let (file, pixels) = images_file(3, gzip);
            assert_eq!(read_images("i", &file[..]).unwrap(), pixels);
            let mut file = Vec::new();
            write_labels(&mut file, &[7, 0, 9], gzip).unwrap();
            assert_eq!(read_labels("l", &file[..]).unwrap(), [7, 0, 9]);
        }
    }

    #[test]
    fn qmnist_labels_are_read_by_their_first_column() {
        let mut file = Vec::new();
        let row = |class: u32| [class, 1, 2, 3, 4, 5, 6, 7].into_iter();
        for number in [QMNIST_LABELS, 2, 8].into_iter().chain(row(5)).chain(row(3)) {
            file.extend(number.to_be_bytes());
        }
        assert_eq!(read_labels("q", &file[..]).unwrap(), [5, 3]);
    }

    #[test]
    fn damage_is_named() {
        let (plain, _) = images_file(2, false);
        let (packed, _) = images_file(2, true);
        let mut longer = plain.clone();
        longer.push(0);
        let mut shaped = plain.clone();
        shaped[11] = 27;
        let mut liar = plain.clone();
        liar[4..8].fill(0xff);
        let mut flipped = packed.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 0x55;
        let mut labels = Vec::new();
        write_labels(&mut labels, &[1], false).unwrap();

        let cases: [(&str, &[u8], &str); 9] = [
            ("empty", b"", "set is truncated: 0 bytes, expected 4"),
            ("header only", &plain[..10], "truncated: 10 bytes"),
            ("cut", &plain[..1000], "truncated: 1000 bytes, expected 1584"),
            ("cut gzip", &packed[..packed.len() / 2], "expected 1584"),
            ("too long", &longer, "longer than its header says: more than the expected 1584"),
            ("27 rows", &shaped, "27x28 pixels, expected 28x28"),
            ("four billion images", &liar, "truncated: 1584 bytes, expected 3367254359296"),
            ("a flipped bit", &flipped, "set is not sound gzip"),
            ("labels", &labels, "0x00000801, expected 0x00000803 (IDX images)"),
        ];
        for (name, bytes, expected) in cases {
            let error = read_images("set", bytes).expect_err(name).to_string();
            assert!(error.contains(expected), "{name}: {error}");
        }
        let mut letters = Vec::new();
        write_labels(&mut letters, &[3, 17], false).unwrap();
        let error = read_labels("set", &letters[..]).unwrap_err().to_string();
        assert!(error.contains("label 17 at index 1, expected 0 to 9"), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0u8.., 0..200), magic in 0usize..4) {
            let start = [IMAGES, LABELS, QMNIST_LABELS, 0x1f8b_0800][magic].to_be_bytes();
            let file = [&start[..], &bytes].concat();
            let _ = read_images("fuzzed", &file[..]);
            let _ = read_labels("fuzzed", &file[..]);
        }
    }
}
