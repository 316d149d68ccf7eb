//! TFRecord, the frame around each message: its length, the length's checksum, the message, its checksum; all
//! numbers little-endian.

/// Appends a record.
pub(super) fn append(out: &mut Vec<u8>, message: &[u8]) {
    let length = (message.len() as u64).to_le_bytes();
    out.extend(length);
    out.extend(masked_crc(&length).to_le_bytes());
    out.extend(message);
    out.extend(masked_crc(message).to_le_bytes());
}

/// CRC-32C, turned and shifted: the checksum of data that itself holds checksums would be weak.
fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_framed_by_length_and_checksums() {
        let mut out = Vec::new();
        append(&mut out, b"abc");
        assert_eq!(out.len(), 8 + 4 + 3 + 4);
        assert_eq!((&out[..8], &out[12..15]), (&[3, 0, 0, 0, 0, 0, 0, 0][..], &b"abc"[..]));
        // CRC-32C of "123456789" is 0xe3069283 (RFC 3720); masked by hand: rotated right by 15 it is
        // 0x2507c60d, and 0x2507c60d + 0xa282ead8 = 0xc78ab0e5.
        assert_eq!(masked_crc(b"123456789"), 0xc78a_b0e5);
    }
}
