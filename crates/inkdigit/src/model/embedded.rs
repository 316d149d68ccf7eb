//! The model that lies in the library itself.
//!
//! The browser downloads it, packed as all files are on the way. Its numbers are bfloat16, of which the upper byte
//! says little and the lower one much; only side by side with their like do they pack well. So there the bytes lie in
//! planes (a *byte shuffle*, as HDF5 calls its filter): a fifth less to download.

use std::borrow::Cow;

#[cfg(any(test, not(target_arch = "wasm32")))]
const FILE: &[u8] = include_bytes!("../../models/default.onnx");

/// The bytes of a stored number.
#[cfg(any(test, target_arch = "wasm32"))]
const PLANES: usize = 2;

/// The model's file.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn file() -> Cow<'static, [u8]> {
    Cow::Borrowed(FILE)
}

/// The model's file.
#[cfg(target_arch = "wasm32")]
pub(super) fn file() -> Cow<'static, [u8]> {
    const LENGTH: usize = include_bytes!("../../models/default.onnx").len();
    #[allow(long_running_const_eval, reason = "a second, so that no build script is needed")]
    static SHUFFLED: [u8; LENGTH] = shuffled(include_bytes!("../../models/default.onnx"));
    Cow::Owned(unshuffled(&SHUFFLED))
}

/// First every second byte from the first on, then every second from the second on.
#[cfg(any(test, target_arch = "wasm32"))]
const fn shuffled<const LENGTH: usize>(bytes: &[u8; LENGTH]) -> [u8; LENGTH] {
    let mut planes = [0; LENGTH];
    let (mut from, mut to) = (0, 0);
    while to < LENGTH {
        planes[to] = bytes[from];
        to += 1;
        from += PLANES;
        if from >= LENGTH {
            from = from % PLANES + 1;
        }
    }
    planes
}

/// What was shuffled, as it was.
#[cfg(any(test, target_arch = "wasm32"))]
fn unshuffled(planes: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; planes.len()];
    let mut rest = planes.iter();
    for plane in 0..PLANES.min(bytes.len()) {
        bytes[plane..].iter_mut().step_by(PLANES).zip(&mut rest).for_each(|(byte, &value)| *byte = value);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_puts_like_bytes_side_by_side_and_is_undone() {
        assert_eq!(shuffled(b"abABcdCD1"), *b"aAcC1bBdD");
        assert_eq!(unshuffled(&shuffled(b"abABcdCD1")), b"abABcdCD1");
        for short in [&b""[..], b"a", b"ab", b"abcd", b"abcde"] {
            assert_eq!(unshuffled(short).len(), short.len());
        }
        assert_eq!(unshuffled(&shuffled(b"abc")), b"abc");
        let file: &[u8; FILE.len()] = FILE.try_into().expect("its own length");
        assert!(unshuffled(&shuffled(file)) == FILE);
    }
}
