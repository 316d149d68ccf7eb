//! What was read, as text.

use super::{Line, Page, PageDigit};

/// What is less probable than this isn't told at all: no digit at all is likelier.
const NOTHING_BELOW: f32 = 0.4;

/// How what was read becomes text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextOptions {
    /// Whether marks are written. Without them a blank stands where one parted two numbers, so that a date never
    /// becomes one number.
    pub marks: bool,
    /// Whether a blank stands between words.
    pub words: bool,
    /// What becomes of digits that are doubtful.
    pub unsure: Unsure,
}

/// What stands in a text for a digit that was rejected and may well be one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unsure {
    /// A question mark.
    #[default]
    Mark,
    /// Nothing.
    Omit,
}

impl Page {
    /// Its lines that have any text, a line for a line: the digits, `?` for those that are doubtful, a blank where
    /// a mark parted two numbers.
    pub fn text(&self) -> String {
        self.text_with(&TextOptions::default())
    }

    /// As [`Page::text`], with a blank between words.
    pub fn text_by_words(&self) -> String {
        self.text_with(&TextOptions { words: true, ..TextOptions::default() })
    }

    /// As [`Page::text`], with options.
    ///
    /// ```
    /// use inkdigit::page::{Page, TextOptions};
    ///
    /// let options = TextOptions { marks: true, ..TextOptions::default() };
    /// assert_eq!(Page::default().text_with(&options), "");
    /// ```
    pub fn text_with(&self, options: &TextOptions) -> String {
        let lines = self.lines.iter().map(|line| line.text_with(options));
        lines.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

impl Line {
    /// Its digits, as [`Page::text`] has them.
    pub fn text(&self) -> String {
        self.text_with(&TextOptions::default())
    }

    /// As [`Line::text`], with options.
    pub fn text_with(&self, options: &TextOptions) -> String {
        let mut text = Text::default();
        for place in 0..=self.digits.len() {
            let begins = |word: &std::ops::Range<usize>| word.start == place;
            let mut marks = self.marks.iter().filter(|mark| mark.digits_before == place).peekable();
            match marks.peek() {
                None if options.words && self.words.iter().any(begins) => text.blank(),
                None => {}
                Some(_) if !options.marks => text.blank(),
                Some(_) => {
                    for mark in marks {
                        text.blank_if(options.words && mark.apart[0]);
                        text.push(mark.sign);
                        text.blank_if(options.words && mark.apart[1]);
                    }
                }
            }
            if let Some(sign) = self.digits.get(place).and_then(|digit| sign(digit, options.unsure)) {
                text.push(sign);
            }
        }
        text.written
    }

    /// Its words, each as [`Line::text`] has them, which may leave nothing of a word.
    pub fn words(&self) -> Vec<String> {
        let word = |word: &std::ops::Range<usize>| {
            self.digits[word.clone()].iter().filter_map(|digit| sign(digit, Unsure::default())).collect()
        };
        self.words.iter().map(word).collect()
    }
}

fn sign(digit: &PageDigit, unsure: Unsure) -> Option<char> {
    let prediction = &digit.prediction;
    match (prediction.rejected, unsure) {
        (false, _) => Some(char::from(b'0' + prediction.digit)),
        (true, Unsure::Mark) if prediction.probability >= NOTHING_BELOW => Some('?'),
        (true, _) => None,
    }
}

/// Text in which blanks stand between signs only, one at a time.
#[derive(Default)]
struct Text {
    written: String,
    blank: bool,
}

impl Text {
    fn blank(&mut self) {
        self.blank = !self.written.is_empty();
    }

    fn blank_if(&mut self, wanted: bool) {
        if wanted {
            self.blank();
        }
    }

    fn push(&mut self, sign: char) {
        if std::mem::take(&mut self.blank) {
            self.written.push(' ');
        }
        self.written.push(sign);
    }
}

#[cfg(test)]
mod tests {
    use inkdigit_image::{Bounds, DigitImage};

    use super::super::PageMark;
    use super::*;
    use crate::prediction::Prediction;

    const NOWHERE: Bounds = Bounds { left: 0, top: 0, right: 1, bottom: 1 };

    /// A line of these signs, blanks where gaps are wide; a letter is a doubtful digit, `_` one that is none.
    fn line(written: &str) -> Line {
        let (mut digits, mut marks, mut words) = (Vec::new(), Vec::<PageMark>::new(), vec![]);
        let mut start = 0;
        let mut gap = false;
        let mut part = |start: &mut usize, end: usize| {
            if *start < end {
                words.push(*start..end);
                *start = end;
            }
        };
        for sign in written.chars() {
            let probability = if sign == '_' {
                0.2
            } else if sign.is_alphabetic() {
                0.6
            } else {
                0.9
            };
            match sign {
                ' ' => {
                    part(&mut start, digits.len());
                    if let Some(mark) = marks.last_mut().filter(|mark| mark.digits_before == digits.len()) {
                        mark.apart[1] = true;
                    }
                }
                '0'..='9' | '_' | 'a'..='z' => {
                    let digit = sign.to_digit(10).unwrap_or(7) as usize;
                    let mut probabilities = [(1.0 - probability) / 9.0; 10];
                    probabilities[digit] = probability;
                    let prediction = Prediction::new(probabilities, 0.7);
                    digits.push(PageDigit { bounds: NOWHERE, prediction, image: DigitImage::new([0; 784]) });
                }
                sign => {
                    part(&mut start, digits.len());
                    let digits_before = digits.len();
                    marks.push(PageMark {
                        sign,
                        probability,
                        bounds: NOWHERE,
                        digits_before,
                        apart: [gap, false],
                    });
                }
            }
            gap = sign == ' ';
        }
        part(&mut start, digits.len());
        Line { digits, words, marks }
    }

    #[test]
    fn marks_part_numbers_and_doubts_are_marked() {
        let with = |marks, words, unsure| TextOptions { marks, words, unsure };
        let cases = [
            ("17/03/2024", "17 03 2024", "17/03/2024", "17/03/2024", "17 03 2024"),
            ("-273.15", "273 15", "-273.15", "-273.15", "273 15"),
            ("+49 30 901820", "4930901820", "+4930901820", "+49 30 901820", "4930901820"),
            ("(030) 555", "030 555", "(030)555", "(030) 555", "030 555"),
            ("12+34=46", "12 34 46", "12+34=46", "12+34=46", "12 34 46"),
            ("4a5", "4?5", "4?5", "4?5", "45"),
            ("_4_", "4", "4", "4", "4"),
            ("a", "?", "?", "?", ""),
            ("--", "", "--", "--", ""),
            ("", "", "", "", ""),
        ];
        for (written, plain, marks, all, omitted) in cases {
            let line = line(written);
            assert_eq!(line.text(), plain, "{written}");
            assert_eq!(line.text_with(&with(true, false, Unsure::Mark)), marks, "{written}");
            assert_eq!(line.text_with(&with(true, true, Unsure::Mark)), all, "{written}");
            assert_eq!(line.text_with(&with(false, false, Unsure::Omit)), omitted, "{written}");
        }
        assert_eq!(line("+49 30").text_with(&with(false, true, Unsure::Mark)), "49 30");
        assert_eq!(line("17/03 2024").words(), ["17", "03", "2024"]);
        let page = Page { lines: vec![line("17/03"), line("_"), line("5")], turned: 0.0 };
        assert_eq!(page.text(), "17 03\n5");
        assert_eq!((page.digits().count(), page.marks().count()), (6, 1));
    }
}
