//! Text inside XML and HTML.

use std::fmt::{self, Display, Write};

/// Text as it stands inside XML and HTML, between tags or in a quoted attribute: nothing in it is taken for
/// markup, and what XML can't hold at all is replaced by U+FFFD.
pub(crate) struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // XML 1.0, section 2.2: of the control characters it has these three alone.
                '\t' | '\n' | '\r' => f.write_char(character)?,
                '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// A name that is at most `most` characters long, its middle left out where it is longer: what tells long
/// names apart is mostly at their end.
pub(crate) fn shortened(name: &str, most: usize) -> String {
    let count = name.chars().count();
    if count <= most {
        return name.to_string();
    }
    let kept = most.saturating_sub(1);
    let start: String = name.chars().take(kept / 3).collect();
    let end: String = name.chars().skip(count - (kept - kept / 3)).collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_for_markup() {
        let text = Escaped("<b a=\"1\" c='2'>&\u{1}\n").to_string();
        assert_eq!(text, "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;\u{fffd}\n");
    }

    #[test]
    fn long_names_keep_their_end() {
        assert_eq!(shortened("conv1", 5), "conv1");
        assert_eq!(shortened("StatefulPartitionedCall/model/conv2d/BiasAdd", 16), "State…2d/BiasAdd");
        assert_eq!(shortened("äöüß", 3), "…üß");
    }
}
