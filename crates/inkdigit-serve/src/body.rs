//! Reading bodies: not longer than is allowed, not more of them at once than memory is meant for, unpacked.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use http_body_util::BodyExt;
use hyper::header::{CONTENT_ENCODING, HeaderMap};

use crate::config::Limits;
use crate::problem::Problem;

/// The bytes of all bodies that are held now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held(Arc<AtomicUsize>);

/// A body as it arrived, unpacked. Its bytes count as held until it is dropped.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) bytes: Bytes,
    _share: Share,
}

/// What one body holds.
#[derive(Debug)]
struct Share {
    held: Held,
    bytes: usize,
    limit: usize,
}

impl Share {
    fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        let before = self.held.0.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        if before + bytes > self.limit { Err(Problem::Busy) } else { Ok(()) }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.held.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Reads a body to its end.
///
/// # Errors
/// [`Problem::BodyTooLarge`] as soon as that is known, [`Problem::Busy`] where all bodies together are too
/// much, [`Problem::Body`], [`Problem::Encoding`].
pub(crate) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    limits: &Limits,
    held: &Held,
) -> Result<Received, Problem> {
    let limit = limits.max_body;
    let packing = Packing::of(headers)?;
    if body.size_hint().lower() > limit as u64 {
        return Err(Problem::BodyTooLarge { limit });
    }
    let mut share = Share { held: held.clone(), bytes: 0, limit: limits.max_held };
    let (mut first, mut rest) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Problem::Body { cause: error.to_string() })?;
        let Ok(data) = frame.into_data() else { continue };
        share.grow(data.len())?;
        if first.len() + rest.len() + data.len() > limit {
            return Err(Problem::BodyTooLarge { limit });
        }
        // Most bodies come in one piece, which needs no copy.
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&first);
                first.clear();
            }
            rest.extend_from_slice(&data);
        }
    }
    let bytes = if rest.is_empty() { first } else { rest.freeze() };
    let bytes = packing.unpack(bytes, limit)?;
    share.grow(bytes.len().saturating_sub(share.bytes))?;
    Ok(Received { bytes, _share: share })
}

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Deflate,
}

impl Packing {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(found) = headers.get(CONTENT_ENCODING) else { return Ok(Self::None) };
        match found.as_bytes().to_ascii_lowercase().as_slice() {
            b"identity" | b"" => Ok(Self::None),
            b"gzip" | b"x-gzip" => Ok(Self::Gzip),
            b"deflate" => Ok(Self::Deflate),
            other => Err(Problem::Encoding { found: String::from_utf8_lossy(other).into_owned() }),
        }
    }

    fn unpack(self, packed: Bytes, limit: usize) -> Result<Bytes, Problem> {
        let mut unpacked = Vec::new();
        // One byte more than is allowed tells that it is too long, however much longer it would be.
        let most = limit as u64 + 1;
        let read = match self {
            Self::None => return Ok(packed),
            Self::Gzip => MultiGzDecoder::new(&packed[..]).take(most).read_to_end(&mut unpacked),
            Self::Deflate => ZlibDecoder::new(&packed[..]).take(most).read_to_end(&mut unpacked),
        };
        read.map_err(|error| Problem::Body { cause: error.to_string() })?;
        if unpacked.len() > limit { Err(Problem::BodyTooLarge { limit }) } else { Ok(unpacked.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use std::io::Write;

    async fn read_as(encoding: &'static str, body: Vec<u8>, held: &Held) -> Result<Received, Problem> {
        let limits = Limits { max_body: 1000, max_held: 3000, ..Limits::default() };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, encoding.parse().unwrap());
        read(&headers, Body::from(body), &limits, held).await
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[tokio::test]
    async fn bodies_are_unpacked_within_the_limit() {
        let held = Held::default();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(&[7; 900]).unwrap();
        for (encoding, body) in
            [("identity", vec![7; 900]), ("gzip", gzip(&[7; 900])), ("Deflate", zlib.finish().unwrap())]
        {
            let received = read_as(encoding, body, &held).await.unwrap();
            assert_eq!(received.bytes, vec![7; 900], "{encoding}");
            assert_eq!(held.0.load(Ordering::Relaxed), 900, "{encoding}");
        }
        assert_eq!(held.0.load(Ordering::Relaxed), 0, "nothing is held any more");
        let bomb = gzip(&vec![0; 50_000_000]);
        let problem = read_as("gzip", bomb, &held).await.map(drop).unwrap_err();
        assert!(matches!(problem, Problem::BodyTooLarge { .. }), "{problem}");
        let problem = read_as("identity", vec![0; 1001], &held).await.map(drop).unwrap_err();
        assert!(matches!(problem, Problem::BodyTooLarge { limit: 1000 }), "{problem}");
        let problem = read_as("gzip", vec![1, 2, 3], &held).await.map(drop).unwrap_err();
        assert!(matches!(problem, Problem::Body { .. }), "{problem}");
        let problem = read_as("br", vec![1, 2, 3], &held).await.map(drop).unwrap_err();
        assert!(problem.to_string().contains("br, expected gzip"), "{problem}");
        assert_eq!(held.0.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn all_bodies_together_are_limited() {
        let held = Held::default();
        let mut kept = Vec::new();
        for _ in 0..3 {
            kept.push(read_as("identity", vec![0; 1000], &held).await.unwrap());
        }
        let problem = read_as("identity", vec![0; 1], &held).await.map(drop).unwrap_err();
        assert!(matches!(problem, Problem::Busy), "{problem}");
        kept.pop();
        assert!(read_as("identity", vec![0; 1000], &held).await.is_ok());
    }
}
