//! What a finder tells apart.

use serde::{Deserialize, Serialize};

/// What stands at a place: a digit, or a mark that gives digits their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Class(u8);

/// The marks in the order of their classes, behind the ten digits.
const MARKS: [char; 9] = ['-', '/', '.', ',', ':', '+', '(', ')', '='];

impl Class {
    /// How many there are: ten digits and nine marks.
    pub const COUNT: usize = 10 + MARKS.len();

    /// Every class in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u8).map(Self)
    }

    /// The class of a sign; none if a finder doesn't know it.
    pub fn of(sign: char) -> Option<Self> {
        let digit = sign.to_digit(10).map(|digit| digit as usize);
        let index = digit.or_else(|| MARKS.iter().position(|&mark| mark == sign).map(|i| 10 + i))?;
        Some(Self(index as u8))
    }

    /// From 0: digits are their own index.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// Its digit; none for marks.
    pub fn digit(self) -> Option<u8> {
        (self.0 < 10).then_some(self.0)
    }

    /// How it is written.
    pub fn sign(self) -> char {
        match self.0 {
            digit @ 0..10 => (b'0' + digit) as char,
            mark => MARKS[mark as usize - 10],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_classes_belong_together() {
        for (index, class) in Class::all().enumerate() {
            assert_eq!((class.index(), Class::of(class.sign())), (index, Some(class)));
            assert_eq!(class.digit().is_some(), class.sign().is_ascii_digit());
        }
        assert_eq!(Class::all().count(), Class::COUNT);
        assert!(Class::of('x').is_none() && Class::of('٣').is_none());
    }
}
