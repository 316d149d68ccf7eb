//! What people write with digits: numbers, dates, sums, telephone numbers, amounts.

use inkdigit_nn::Rng;

use super::random::Choose;

/// Kinds of things written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Digits in a row: counts, codes, house numbers.
    Number,
    /// `3.14`, `27,5`.
    Decimal,
    /// `1.250.000`, `12,500`, `1 250`.
    Thousands,
    /// `17/03/2024`, `17.3.24`, `17-03-24`.
    Date,
    /// `12:45`.
    Time,
    /// `+49 30 901820`, `(030) 555-0199`.
    Telephone,
    /// `12+34=46`.
    Sum,
    /// `-273.15`.
    Negative,
    /// `3/4`.
    Fraction,
    /// `#1.234,50=`, `1500,-`.
    Amount,
}

impl Content {
    pub(super) const ALL: [Self; 10] = [
        Self::Number,
        Self::Decimal,
        Self::Thousands,
        Self::Date,
        Self::Time,
        Self::Telephone,
        Self::Sum,
        Self::Negative,
        Self::Fraction,
        Self::Amount,
    ];

    /// Anything: mostly plain numbers.
    pub(super) fn any(rng: &mut Rng) -> Self {
        const WEIGHTS: [f32; 10] = [8.0, 1.6, 1.2, 1.4, 0.6, 1.2, 1.2, 0.7, 0.4, 0.7];
        Self::ALL[rng.weighted(&WEIGHTS)]
    }

    /// What stands there, as it is read.
    pub(super) fn text(self, rng: &mut Rng) -> String {
        match self {
            Self::Number => {
                let length = if rng.chance(0.8) { rng.between(1, 6) } else { rng.between(6, 14) };
                digits(length, rng)
            }
            Self::Decimal => {
                let point = rng.pick(&['.', '.', ',']);
                format!("{}{point}{}", number(3, rng), digits(rng.between(1, 3), rng))
            }
            Self::Thousands => {
                let separator = rng.pick(&['.', '.', ',', ' ']);
                let mut text = number(3, rng);
                for _ in 0..rng.between(1, 2) {
                    text.push(separator);
                    text += &digits(3, rng);
                }
                text
            }
            Self::Date => date(rng),
            Self::Time => format!("{:02}:{:02}", rng.below(24), rng.below(60)),
            Self::Telephone => telephone(rng),
            Self::Sum => sum(rng),
            Self::Negative => {
                format!("-{}", if rng.chance(0.5) { number(3, rng) } else { Self::Decimal.text(rng) })
            }
            Self::Fraction => format!("{}/{}", number(2, rng), number(2, rng)),
            Self::Amount => amount(rng),
        }
    }
}

/// Digits in a row; the same one again more often than by chance, as in prices and telephone numbers, so that
/// 00 and 55 are seen.
fn digits(length: usize, rng: &mut Rng) -> String {
    let mut text = String::with_capacity(length);
    let mut last = rng.below(10);
    for _ in 0..length {
        if !rng.chance(0.12) {
            last = rng.below(10);
        }
        text.push((b'0' + last as u8) as char);
    }
    text
}

/// Up to `most` digits without a zero in front.
fn number(most: usize, rng: &mut Rng) -> String {
    let first = 1 + rng.below(9);
    let rest = rng.between(0, most.saturating_sub(1));
    format!("{first}{}", digits(rest, rng))
}

fn date(rng: &mut Rng) -> String {
    let separator = rng.pick(&['/', '/', '.', '-', '.', ' ']);
    let (day, month) = (1 + rng.below(31), 1 + rng.below(12));
    let year = if rng.chance(0.5) { 1900 + rng.below(140) } else { rng.below(100) };
    let padded = rng.chance(0.6);
    let two = |value: usize| if padded { format!("{value:02}") } else { value.to_string() };
    let year = if year < 100 { format!("{year:02}") } else { year.to_string() };
    if rng.chance(0.15) {
        return format!("{year}-{month:02}-{day:02}");
    }
    format!("{}{separator}{}{separator}{year}", two(day), two(month))
}

fn telephone(rng: &mut Rng) -> String {
    let separator = rng.pick(&[' ', ' ', '-', '/', '.']);
    let mut text = match rng.below(4) {
        0 => format!("+{} ", number(2, rng)),
        1 => format!("({}) ", digits(3, rng)),
        2 => format!("({}){}", digits(2, rng), digits(1, rng)),
        _ => String::new(),
    };
    for group in 0..rng.between(1, 4) {
        if group > 0 {
            text.push(separator);
        }
        text += &digits(rng.between(2, 4), rng);
    }
    text
}

fn sum(rng: &mut Rng) -> String {
    let (a, b) = (rng.below(100), rng.below(100));
    match rng.below(4) {
        0 | 1 => format!("{a}+{b}={}", a + b),
        2 => format!("{}-{a}={b}", a + b),
        _ => format!("{a}+{b}+{}=", rng.below(10)),
    }
}

/// As on a cheque or a receipt. What begins and ends it keeps others from adding digits.
fn amount(rng: &mut Rng) -> String {
    let before = rng.pick(&["", "", "", "#", "=", "$", "-"]);
    let after = rng.pick(&["", "", "", "-", "=", ".-", ",-", "#", ",00", ".00", ".", "=="]);
    let separator = rng.pick(&[".", ".", ",", "", " "]);
    let mut body = number(3, rng);
    for _ in 0..rng.between(0, 2) {
        let zeros = rng.chance(0.3);
        body += separator;
        body += &if zeros { "000".to_string() } else { digits(3, rng) };
    }
    format!("{before}{body}{after}")
}

#[cfg(test)]
mod tests {
    use super::super::class::Class;
    use super::*;

    #[test]
    fn every_content_is_written_with_known_signs_and_every_class_comes() {
        let mut rng = Rng::new(1);
        let mut seen = std::collections::HashSet::new();
        for content in Content::ALL {
            for _ in 0..300 {
                let text = content.text(&mut rng);
                assert!((1..=24).contains(&text.len()), "{content:?}: {text}");
                for sign in text.chars() {
                    let class = Class::of(sign);
                    assert!(class.is_some() || " #$".contains(sign), "{content:?}: {text}");
                    seen.extend(class);
                }
            }
        }
        assert_eq!(seen.len(), Class::COUNT);
        let any: Vec<Content> = (0..500).map(|_| Content::any(&mut rng)).collect();
        assert!(Content::ALL.iter().all(|content| any.contains(content)));
    }
}
