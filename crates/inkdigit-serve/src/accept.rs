//! Content negotiation, as far as there is a choice: JSON or a picture (RFC 9110, section 12.5.1).

use hyper::header::{ACCEPT, HeaderMap};

/// Whether a request would rather have a PNG picture than JSON. It has to name `image/png` or `image/*`: JSON is
/// what is sent to who takes anything.
pub(crate) fn prefers_png(headers: &HeaderMap) -> bool {
    let accepted: Vec<&str> =
        headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let quality = |names: &[&str]| {
        let ranges = accepted.iter().flat_map(|line| line.split(','));
        let qualities = ranges.filter_map(|range| {
            let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
            let known = names.iter().any(|known| name.trim().eq_ignore_ascii_case(known));
            known.then(|| quality_of(parameters))
        });
        qualities.fold(0.0f32, f32::max)
    };
    let png = quality(&["image/png", "image/*"]);
    png > 0.0 && png >= quality(&["application/json", "application/*"])
}

fn quality_of(parameters: &str) -> f32 {
    let mut pairs = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let quality = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    quality.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_sent_to_who_asks_for_it() {
        for (accept, expected) in [
            ("image/png", true),
            ("image/*", true),
            ("Image/PNG;q=0.9, application/json;q=0.5", true),
            ("application/json, image/png;q=0.9", false),
            ("image/png;q=0", false),
            ("*/*", false),
            ("application/json", false),
            ("text/html,application/xhtml+xml,image/avif,image/webp,*/*;q=0.8", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            assert_eq!(prefers_png(&headers), expected, "{accept}");
        }
        assert!(!prefers_png(&HeaderMap::new()));
    }
}
