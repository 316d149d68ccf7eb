//! The bearer token that a server may ask for (RFC 6750).

use std::fmt;

/// A secret that requests show in `Authorization: Bearer TOKEN`. Printing one doesn't tell it.
#[derive(Clone)]
pub struct Token(Vec<u8>);

impl Token {
    /// A token from its text, blanks and line ends around it aside; none if nothing is left or if it couldn't
    /// stand in a header.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.into()))
    }

    /// Whether a header's value shows this token.
    pub(crate) fn is_shown_by(&self, header: &[u8]) -> bool {
        let Some((scheme, shown)) = header.split_at_checked(7) else { return false };
        scheme.eq_ignore_ascii_case(b"bearer ") && same(&self.0, shown.trim_ascii())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Compares in a time that doesn't tell how much was right.
fn same(a: &[u8], b: &[u8]) -> bool {
    let differences = a.iter().zip(b).fold(0, |found, (a, b)| found | (a ^ b));
    a.len() == b.len() && std::hint::black_box(differences) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_itself_opens() {
        let token = Token::new(" s3cret\n").unwrap();
        for header in ["Bearer s3cret", "bearer s3cret", "BEARER  s3cret "] {
            assert!(token.is_shown_by(header.as_bytes()), "{header}");
        }
        for header in ["", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3crets", "Basic s3cret", "s3cret"] {
            assert!(!token.is_shown_by(header.as_bytes()), "{header}");
        }
        assert_eq!(format!("{token:?}"), "Token(..)");
        assert!(Token::new(" \n").is_none() && Token::new("a b").is_none());
    }
}
