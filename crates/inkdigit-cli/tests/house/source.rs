//! Rust files as these tests look at them: the code without comments, texts and tests, and the texts in it.

/// A source file, or what is left of it.
pub(crate) struct Source {
    /// The code, with blanks for comments and for what stands in literals.
    pub code: String,
    /// Each text that stands in the code, with its line.
    pub texts: Vec<(usize, String)>,
}

impl Source {
    /// The code of a file without its tests: what is behind `#[cfg(test)]` is left out up to the end of the item.
    pub(crate) fn without_tests(text: &str) -> Self {
        let whole = Self::of(text);
        let tests = test_items(&whole.code);
        let is_test = |at: usize| tests.iter().any(|&(start, end)| (start..end).contains(&at));
        let line_starts: Vec<usize> =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let texts = whole.texts.into_iter().filter(|&(line, _)| !is_test(line_starts[line - 1])).collect();
        let mut code = whole.code.into_bytes();
        tests.iter().for_each(|&(start, end)| blank(&mut code[start..end]));
        Self { code: String::from_utf8_lossy(&code).into_owned(), texts }
    }

    /// All of a file. What is blanked keeps its length in bytes.
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (mut code, mut texts) = (bytes.to_vec(), Vec::new());
        let mut at = 0;
        while at < bytes.len() {
            let rest = &text[at..];
            let end = at
                + match literal(rest) {
                    Literal::Comment(len) => len,
                    Literal::Text { len, content } => {
                        let line = 1 + text[..at].matches('\n').count();
                        texts.push((line, text[at + content.start..at + content.end].to_owned()));
                        len
                    }
                    Literal::None(len) => {
                        at += len;
                        continue;
                    }
                };
            blank(&mut code[at..end]);
            at = end;
        }
        Self { code: String::from_utf8_lossy(&code).into_owned(), texts }
    }
}

/// Puts blanks over code; lines stay lines.
fn blank(code: &mut [u8]) {
    code.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
}

/// What a text begins with.
enum Literal {
    Comment(usize),
    Text {
        len: usize,
        content: std::ops::Range<usize>,
    },
    /// Nothing of the kind, so many bytes long.
    None(usize),
}

fn literal(text: &str) -> Literal {
    if text.starts_with("//") {
        return Literal::Comment(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Literal::Comment(text.find("*/").map_or(text.len(), |end| end + 2));
    }
    // A character, but no lifetime.
    if text.starts_with('\'') {
        let mut characters = text.char_indices().skip(1);
        return match (characters.next(), characters.next()) {
            (Some((_, '\\')), Some((escaped, _))) => {
                let end = text[escaped + 1..].find('\'').map_or(text.len(), |end| escaped + 2 + end);
                Literal::Comment(end)
            }
            (Some(_), Some((end, '\''))) => Literal::Comment(end + 1),
            _ => Literal::None(1),
        };
    }
    let word = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    if word > 0 && !["r", "b", "br", "c", "cr"].contains(&&text[..word]) {
        return Literal::None(word);
    }
    let hashes = text[word..].bytes().take_while(|&byte| byte == b'#').count();
    let open = word + hashes;
    if text.as_bytes().get(open) != Some(&b'"') || hashes > 0 && word == 0 {
        return Literal::None(text.chars().next().map_or(1, char::len_utf8).max(word));
    }
    let start = open + 1;
    let end = if text[..word].contains('r') {
        let close = format!("\"{}", "#".repeat(hashes));
        text[start..].find(&close).map_or(text.len(), |end| start + end)
    } else {
        let mut escaped = false;
        let closes = |byte: u8| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        };
        text.bytes().skip(start).position(closes).map_or(text.len(), |end| start + end)
    };
    Literal::Text { len: (end + 1 + hashes).min(text.len()), content: start..end }
}

/// Where items are that are compiled for tests alone.
fn test_items(code: &str) -> Vec<(usize, usize)> {
    let end_of = |start: usize| {
        let mut depth = 0;
        for (at, byte) in code.bytes().enumerate().skip(start) {
            match byte {
                b'{' => depth += 1,
                b'}' if depth == 1 => return at + 1,
                b'}' => depth -= 1,
                b';' if depth == 0 => return at + 1,
                _ => {}
            }
        }
        code.len()
    };
    code.match_indices("#[cfg(test)]").map(|(start, _)| (start, end_of(start))).collect()
}

#[test]
fn comments_texts_and_tests_are_told_from_code() {
    let text = r####"
//! "no text"
fn f<'a>(x: &'a str) -> char { g("a \" b", '"', r#"c "d" e"#); /* "f" */ '\'' }
#[cfg(test)]
mod tests { fn h() { i("a test's") } }
const J: &str = "j";
"####;
    let source = Source::without_tests(text);
    let texts: Vec<_> = source.texts.iter().map(|(line, text)| (*line, text.as_str())).collect();
    assert_eq!(texts, [(3, r#"a \" b"#), (3, r#"c "d" e"#), (6, "j")]);
    assert!(source.code.contains("fn f<'a>(x: &'a str)") && source.code.contains("const J"));
    assert!(!source.code.contains("mod tests") && !source.code.contains("no text"), "{}", source.code);
    assert_eq!(source.code.lines().count(), text.lines().count());
}
