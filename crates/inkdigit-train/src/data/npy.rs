//! NumPy's `.npy`, version 1.0: a magic string, a header in the form of a Python dictionary, the values.

use std::io::{self, Write};

/// Writes a float32 array.
///
/// # Shapes
/// - `values`: `shape`, row by row
///
/// # Panics
/// If the number of values isn't the product of `shape`.
///
/// # Errors
/// Those of `writer`.
pub fn write_f32(mut writer: impl Write, shape: &[usize], values: &[f32]) -> io::Result<()> {
    assert_eq!(values.len(), shape.iter().product::<usize>(), "values of shape {shape:?}");
    // A tuple of one element needs its comma; of more, a last one does no harm.
    let sizes: String = shape.iter().map(|size| format!("{size}, ")).collect();
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", sizes.trim_end_matches(' '));
    // Values start at a multiple of 64 bytes; 10 bytes stand before the header.
    let padding = 63 - (10 + header.len()) % 64;
    header += &" ".repeat(padding);
    header.push('\n');
    writer.write_all(b"\x93NUMPY\x01\x00")?;
    writer.write_all(&(header.len() as u16).to_le_bytes())?;
    writer.write_all(header.as_bytes())?;
    for value in values {
        writer.write_all(&value.to_le_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_aligned_and_the_values_follow() {
        let mut file = Vec::new();
        write_f32(&mut file, &[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.5]).unwrap();
        assert_eq!(&file[..8], b"\x93NUMPY\x01\x00");
        let header = u16::from_le_bytes([file[8], file[9]]) as usize;
        assert_eq!((10 + header) % 64, 0);
        let text = std::str::from_utf8(&file[10..10 + header]).unwrap();
        assert!(text.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3,), }"), "{text}");
        assert!(text.ends_with(" \n"));
        assert_eq!(file.len(), 10 + header + 24);
        assert_eq!(&file[file.len() - 4..], 5.5f32.to_le_bytes());
    }
}
