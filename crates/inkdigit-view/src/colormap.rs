//! Colour maps: numbers from 0 to 1 as colours, all of them readable by the colour-blind.
//!
//! Those for amounts grow lighter from one end to the other, so they also show in black and white. The one
//! for signed numbers is lightest in the middle and equally dark at both ends.

use crate::canvas::Rgb;

/// A colour map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ColorMap {
    /// Dark blue over green to yellow: even steps to the eye (Smith and van der Walt, "A Better Default
    /// Colormap for Matplotlib", SciPy 2015).
    #[default]
    Viridis,
    /// Black over purple and orange to light yellow, by the same.
    Magma,
    /// Blue over gray to yellow: nearly the same to people with and without a colour deficiency (Nuñez,
    /// Anderton and Renslow, PLOS ONE 13(7), 2018).
    Cividis,
    /// Black to white.
    Gray,
    /// Blue over white to orange, for numbers around zero: straight lines through Oklab (Ottosson, "A
    /// perceptual color space for image processing", 2020) from white to two hues that dichromats tell
    /// apart.
    Diverging,
}

impl ColorMap {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Viridis, Self::Magma, Self::Cividis, Self::Gray, Self::Diverging];

    /// Their names, in the same order.
    pub const NAMES: [&'static str; 5] = ["viridis", "magma", "cividis", "gray", "diverging"];

    /// The map of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|map| map.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES[Self::ALL.iter().position(|map| *map == self).expect("it is one of all")]
    }

    /// The colour of a number from 0 to 1; beyond, that of the nearer end. What is no number at all is red,
    /// which no map here has.
    pub fn color(self, t: f32) -> Rgb {
        if t.is_nan() {
            return NOT_A_NUMBER;
        }
        let t = t.clamp(0.0, 1.0);
        match self {
            Self::Viridis => between(&VIRIDIS, t),
            Self::Magma => between(&MAGMA, t),
            Self::Cividis => between(&CIVIDIS, t),
            Self::Gray => [(t * 255.0).round() as u8; 3],
            Self::Diverging => diverging(2.0 * t - 1.0),
        }
    }

    /// The 256 colours for the numbers in even steps from 0 to 1, for those who color many.
    pub fn table(self) -> [Rgb; 256] {
        std::array::from_fn(|step| self.color(step as f32 / 255.0))
    }
}

/// The colour of what isn't a number.
pub(crate) const NOT_A_NUMBER: Rgb = [255, 0, 0];

/// Linear between the colours of a table, as `0xRRGGBB` in even steps.
fn between(table: &[u32], t: f32) -> Rgb {
    let place = t * (table.len() - 1) as f32;
    let below = (place as usize).min(table.len() - 2);
    let part = place - below as f32;
    let [from, to] = [table[below], table[below + 1]].map(u32::to_be_bytes);
    std::array::from_fn(|c| {
        let (from, to) = (from[c + 1] as f32, to[c + 1] as f32);
        (from + part * (to - from)).round() as u8
    })
}

/// Lightness, green to red, blue to yellow.
type Oklab = [f32; 3];

const WHITE: Oklab = [0.98, 0.0, 0.0];
const BLUE: Oklab = [0.54, -0.05, -0.122];
const ORANGE: Oklab = [0.54, 0.083, 0.106];

/// Blue at -1, white at 0, orange at 1.
fn diverging(t: f32) -> Rgb {
    let pole = if t < 0.0 { BLUE } else { ORANGE };
    to_srgb(std::array::from_fn(|i| WHITE[i] + t.abs() * (pole[i] - WHITE[i])))
}

/// Oklab to sRGB, by the matrices of its definition.
fn to_srgb([l, a, b]: Oklab) -> Rgb {
    let long = (l + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let medium = (l - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let short = (l - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    let linear = [
        4.076_741_7 * long - 3.307_711_6 * medium + 0.230_969_94 * short,
        -1.268_438 * long + 2.609_757_4 * medium - 0.341_319_4 * short,
        -0.004_196_086_3 * long - 0.703_418_6 * medium + 1.707_614_7 * short,
    ];
    linear.map(|level| {
        let level = level.clamp(0.0, 1.0);
        let coded = if level <= 0.003_130_8 { 12.92 * level } else { 1.055 * level.powf(1.0 / 2.4) - 0.055 };
        (coded * 255.0).round() as u8
    })
}

// Every fifth of the published 256 colours (public domain, CC0). What lies between is off by at most 4 of 255.

#[rustfmt::skip]
const VIRIDIS: [u32; 52] = [
    0x440154, 0x46085c, 0x471063, 0x481769, 0x481d6f, 0x482475, 0x472a7a, 0x46307e, 0x453781,
    0x433d84, 0x414287, 0x3f4889, 0x3d4e8a, 0x3a538b, 0x38598c, 0x355e8d, 0x33638d, 0x31688e,
    0x2e6d8e, 0x2c718e, 0x2a768e, 0x297b8e, 0x27808e, 0x25848e, 0x23898e, 0x218e8d, 0x20928c,
    0x1f978b, 0x1e9c89, 0x1fa188, 0x21a585, 0x24aa83, 0x28ae80, 0x2eb37c, 0x35b779, 0x3dbc74,
    0x46c06f, 0x50c46a, 0x5ac864, 0x65cb5e, 0x70cf57, 0x7cd250, 0x89d548, 0x95d840, 0xa2da37,
    0xb0dd2f, 0xbddf26, 0xcae11f, 0xd8e219, 0xe5e419, 0xf1e51d, 0xfde725,
];

#[rustfmt::skip]
const MAGMA: [u32; 52] = [
    0x000004, 0x02020b, 0x050416, 0x090720, 0x0e0b2b, 0x140e36, 0x1a1042, 0x21114e, 0x29115a,
    0x311165, 0x390f6e, 0x420f75, 0x4a1079, 0x52137c, 0x5a167e, 0x621980, 0x6a1c81, 0x721f81,
    0x792282, 0x812581, 0x892881, 0x912b81, 0x992d80, 0xa1307e, 0xaa337d, 0xb2357b, 0xba3878,
    0xc23b75, 0xca3e72, 0xd2426f, 0xd9466b, 0xe04c67, 0xe75263, 0xec5860, 0xf1605d, 0xf4695c,
    0xf7725c, 0xf97b5d, 0xfb8560, 0xfc8e64, 0xfd9869, 0xfea16e, 0xfeaa74, 0xfeb47b, 0xfebd82,
    0xfec68a, 0xfecf92, 0xfed89a, 0xfde2a3, 0xfdebac, 0xfcf4b6, 0xfcfdbf,
];

#[rustfmt::skip]
const CIVIDIS: [u32; 52] = [
    0x00224e, 0x002656, 0x002a5f, 0x002d68, 0x003070, 0x083370, 0x163770, 0x203a6f, 0x273e6e,
    0x2e416d, 0x34456c, 0x3a486c, 0x3f4c6c, 0x444f6c, 0x49536c, 0x4e566c, 0x535a6d, 0x575d6d,
    0x5c616e, 0x60646f, 0x656870, 0x696b71, 0x6d6f72, 0x727274, 0x767676, 0x7a7a78, 0x7e7d78,
    0x838179, 0x888578, 0x8d8878, 0x928c78, 0x969077, 0x9b9476, 0xa09875, 0xa59c74, 0xaaa073,
    0xafa471, 0xb5a86f, 0xbaac6d, 0xbfb06b, 0xc4b468, 0xc9b965, 0xcfbd62, 0xd4c15f, 0xdac65b,
    0xdfca57, 0xe5cf52, 0xead34c, 0xf0d846, 0xf6dd3f, 0xfce236, 0xfee838,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// sRGB as amounts of light.
    fn linear(color: Rgb) -> [f32; 3] {
        color.map(|level| {
            let level = level as f32 / 255.0;
            if level <= 0.040_45 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// CIE L*, from 0 to 100.
    fn lightness(color: Rgb) -> f32 {
        let [r, g, b] = linear(color);
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        if y > 216.0 / 24389.0 { 116.0 * y.cbrt() - 16.0 } else { y * 24389.0 / 27.0 }
    }

    #[test]
    fn names_are_known_and_ends_are_the_published_ones() {
        for map in ColorMap::ALL {
            assert_eq!(ColorMap::named(map.name()), Some(map));
            assert_eq!(map.color(-1.0), map.color(0.0));
            assert_eq!(map.color(f32::NAN), NOT_A_NUMBER);
            assert!(!map.table().contains(&NOT_A_NUMBER));
        }
        assert_eq!(ColorMap::named("jet"), None);
        assert_eq!(
            (ColorMap::Viridis.color(0.0), ColorMap::Viridis.color(1.0)),
            ([68, 1, 84], [253, 231, 37])
        );
        // The published colours number 128, which lies between two of those here.
        for (map, published) in [
            (ColorMap::Viridis, [33u8, 145, 140]),
            (ColorMap::Magma, [183, 55, 121]),
            (ColorMap::Cividis, [125, 124, 120]),
        ] {
            let found = map.color(128.0 / 255.0);
            let off = found.iter().zip(published).map(|(found, level)| found.abs_diff(level)).max();
            assert!(off <= Some(1), "{}: {found:?}", map.name());
        }
        assert_eq!(ColorMap::Gray.color(0.5), [128; 3]);
    }

    #[test]
    fn amounts_grow_lighter_in_even_steps() {
        for map in [ColorMap::Viridis, ColorMap::Magma, ColorMap::Cividis, ColorMap::Gray] {
            let lightness: Vec<f32> = (0..=50).map(|i| lightness(map.color(i as f32 / 50.0))).collect();
            for (i, pair) in lightness.windows(2).enumerate() {
                let step = pair[1] - pair[0];
                assert!((0.2..4.5).contains(&step), "{} at {i}: {step}", map.name());
            }
            assert!(lightness[50] - lightness[0] > 70.0, "{}", map.name());
        }
    }

    #[test]
    fn signed_numbers_are_as_dark_on_both_sides() {
        let color = |t: f32| ColorMap::Diverging.color((t + 1.0) / 2.0);
        for i in 0..20 {
            let (near, far) = (i as f32 / 20.0, (i + 1) as f32 / 20.0);
            for sign in [-1.0, 1.0] {
                assert!(lightness(color(sign * far)) < lightness(color(sign * near)) - 0.5, "{}", sign * far);
            }
            let difference = lightness(color(far)) - lightness(color(-far));
            assert!(difference.abs() < 5.0, "{far}: {difference}");
        }
        assert!(lightness(color(0.0)) > 95.0);
    }

    #[test]
    fn dichromats_tell_the_signs_apart() {
        // What is left of colours (Viénot, Brettel and Mollon, 1999), in linear light: without the long, and
        // without the medium cones.
        let protanope = [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]];
        let deuteranope = [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]];
        for seen in [protanope, deuteranope] {
            for strength in [0.3, 0.6, 1.0] {
                let blue_over_red = |t: f32| {
                    let color = linear(ColorMap::Diverging.color((t + 1.0) / 2.0));
                    let [red, _, blue] =
                        seen.map(|row| row.iter().zip(color).map(|(m, c)| m * c).sum::<f32>());
                    (blue.max(1e-3) / red.max(1e-3)).ln()
                };
                let apart = blue_over_red(-strength) - blue_over_red(strength);
                assert!(apart > 1.0 * strength, "{strength}: {apart}");
            }
        }
    }
}
