//! What is drawn, how often, and which of it a finder shall find.

use serde::{Deserialize, Serialize};

/// Kinds of pictures; `SceneConfig` says how often each is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Numbers in lines: lists, notes, exercise books.
    Lines,
    /// Numbers among handwritten words: letters, shopping lists, meter readings.
    Words,
    /// Digits here and there.
    Scattered,
    /// Form fields in frames, on lines, in boxes that digits touch or cross.
    Fields,
    /// Cells side by side with dividers.
    Comb,
    /// Tables with numbers in their cells.
    Table,
    /// Forms: print beside, above and below fields.
    Form,
    /// Amounts of cheques: on patterned paper, cropped as people crop.
    Cheque,
    /// One digit somewhere.
    Single,
    /// A picture cropped tightly around a digit or a number.
    Tight,
    /// Few pixels blown up: 8x8 digits, MNIST's own images.
    Enlarged,
    /// Seven-segment displays.
    Display,
    /// Nothing but print.
    Print,
    /// No digit at all: letters, scribbles, textures, parts of something larger.
    Nothing,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Lines,
        Self::Words,
        Self::Scattered,
        Self::Fields,
        Self::Comb,
        Self::Table,
        Self::Form,
        Self::Cheque,
        Self::Single,
        Self::Tight,
        Self::Enlarged,
        Self::Display,
        Self::Print,
        Self::Nothing,
    ];
}

/// How often each kind of picture is drawn, in any unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "they are Kind's")]
pub struct KindWeights {
    pub lines: f32,
    pub words: f32,
    pub scattered: f32,
    pub fields: f32,
    pub comb: f32,
    pub table: f32,
    pub form: f32,
    pub cheque: f32,
    pub single: f32,
    pub tight: f32,
    pub enlarged: f32,
    pub display: f32,
    pub print: f32,
    pub nothing: f32,
}

impl Default for KindWeights {
    fn default() -> Self {
        Self {
            lines: 20.0,
            words: 6.0,
            scattered: 7.0,
            fields: 10.0,
            comb: 6.0,
            table: 4.0,
            form: 6.0,
            cheque: 12.0,
            single: 12.0,
            tight: 6.0,
            enlarged: 4.0,
            display: 2.5,
            print: 2.5,
            nothing: 6.0,
        }
    }
}

impl KindWeights {
    /// Nothing but one kind.
    pub fn only(kind: Kind) -> Self {
        let mut none = Self {
            lines: 0.0,
            words: 0.0,
            scattered: 0.0,
            fields: 0.0,
            comb: 0.0,
            table: 0.0,
            form: 0.0,
            cheque: 0.0,
            single: 0.0,
            tight: 0.0,
            enlarged: 0.0,
            display: 0.0,
            print: 0.0,
            nothing: 0.0,
        };
        *none.weight_mut(kind) = 1.0;
        none
    }

    fn weight_mut(&mut self, kind: Kind) -> &mut f32 {
        match kind {
            Kind::Lines => &mut self.lines,
            Kind::Words => &mut self.words,
            Kind::Scattered => &mut self.scattered,
            Kind::Fields => &mut self.fields,
            Kind::Comb => &mut self.comb,
            Kind::Table => &mut self.table,
            Kind::Form => &mut self.form,
            Kind::Cheque => &mut self.cheque,
            Kind::Single => &mut self.single,
            Kind::Tight => &mut self.tight,
            Kind::Enlarged => &mut self.enlarged,
            Kind::Display => &mut self.display,
            Kind::Print => &mut self.print,
            Kind::Nothing => &mut self.nothing,
        }
    }

    /// In the order of [`Kind::ALL`].
    pub fn in_order(&self) -> [f32; 14] {
        let mut copy = self.clone();
        Kind::ALL.map(|kind| *copy.weight_mut(kind))
    }
}

/// The sizes that a finder finds; other sizes are found on smaller or larger copies of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Heights {
    /// Digits at least so high, in pixels, are to be found.
    pub least: f32,
    /// Digits at most so high are.
    pub most: f32,
    /// Up to so many times smaller or larger than that it doesn't matter whether they are found; beyond that
    /// they are not to be.
    pub margin: f32,
}

impl Default for Heights {
    fn default() -> Self {
        Self { least: 14.0, most: 48.0, margin: 1.5 }
    }
}

/// What of a size is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// To be found.
    Within,
    /// May be found.
    Beside,
    /// Not to be found.
    Beyond,
}

impl Heights {
    /// Where a height lies.
    pub fn range(&self, height: f32) -> Range {
        let beyond = (self.least / height.max(1e-3)).max(height / self.most.max(1e-3));
        match beyond {
            b if b <= 1.0 => Range::Within,
            b if b <= self.margin => Range::Beside,
            _ => Range::Beyond,
        }
    }
}

/// Whether typeset digits are to be found where no handwriting is near.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Typeset {
    /// No.
    Nothing,
    /// They may be or not.
    #[default]
    Ignored,
    /// Yes.
    Digits,
}

/// Decides what is drawn, but for chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SceneConfig {
    /// The sizes that are to be found.
    pub heights: Heights,
    /// How often each kind of picture is drawn.
    pub kinds: KindWeights,
    /// How bad light, lenses, scanners, paper and pens are: 0 none of it, 1 as bad as one can just read.
    pub difficulty: f32,
    /// The share of writers, and among others of single digits, that write with our own strokes.
    pub stroked: f32,
    /// The share of pictures that are turned by one, two or three quarters.
    pub turned: f32,
    /// The share of pictures of light ink on dark, besides blackboards and screens.
    pub inverted: f32,
    /// Typeset digits alone on a picture. Beside handwriting they are never to be found.
    pub typeset: Typeset,
}

impl Default for SceneConfig {
    fn default() -> Self {
        Self {
            heights: Heights::default(),
            kinds: KindWeights::default(),
            difficulty: 1.0,
            stroked: 0.4,
            turned: 0.03,
            inverted: 0.15,
            typeset: Typeset::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_stand_in_the_order_of_kinds() {
        for (i, kind) in Kind::ALL.into_iter().enumerate() {
            let weights = KindWeights::only(kind).in_order();
            assert!(weights.iter().enumerate().all(|(j, &weight)| (weight == 1.0) == (i == j)), "{kind:?}");
        }
        assert!(KindWeights::default().in_order().iter().all(|&weight| weight > 0.0));
    }

    #[test]
    fn heights_have_a_margin_where_it_does_not_matter() {
        let heights = Heights { least: 10.0, most: 40.0, margin: 1.5 };
        let cases = [
            (10.0, Range::Within),
            (40.0, Range::Within),
            (7.0, Range::Beside),
            (59.0, Range::Beside),
            (6.0, Range::Beyond),
            (61.0, Range::Beyond),
            (0.0, Range::Beyond),
        ];
        for (height, range) in cases {
            assert_eq!(heights.range(height), range, "{height}");
        }
    }
}
