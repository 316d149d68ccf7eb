//! What a finder's maps say of a picture, as a picture: for those who want to see why something was found or not. In
//! the browser, where nobody can, it is left out.

use super::pyramid::{self, BORDER};
use super::{CHANNELS, Class, Finder, STRIDE};
use inkdigit_image::GrayImage;

/// The longer side of the copies that are looked at, in pixels.
const LONGEST: usize = 1000;

impl Finder {
    /// How surely something stands at each place of a picture, digit or mark, on the copy of it that says it most
    /// surely: 0 nothing to 255 certain. No larger than 1000 pixels; nothing is passed over as [`Finder::find`] does.
    pub fn heat(&self, picture: &GrayImage) -> GrayImage {
        let levels = pyramid::levels(picture, self.metadata.heights, LONGEST);
        let side = picture.width().max(picture.height());
        let shown = (LONGEST as f32 / side as f32).min(1.0);
        let [width, height] =
            [picture.width(), picture.height()].map(|side| ((side as f32 * shown).round() as usize).max(1));
        let mut heat = vec![0u8; width * height];
        for level in levels {
            let maps = self.maps(&level.window(level.bounds()));
            let surest: Vec<u8> = maps
                .numbers()
                .chunks_exact(CHANNELS)
                .map(|place| {
                    let logit = place[..Class::COUNT].iter().copied().fold(f32::NEG_INFINITY, f32::max);
                    (255.0 * self.metadata.calibration.probability(logit)).round() as u8
                })
                .collect();
            let place = |at: usize, most: usize| {
                let on_level = (at as f32 + 0.5) / shown * level.scale;
                ((on_level as usize + BORDER) / STRIDE).min(most - 1)
            };
            for (y, line) in heat.chunks_exact_mut(width).enumerate() {
                let row = place(y, maps.rows()) * maps.columns();
                for (x, heat) in line.iter_mut().enumerate() {
                    *heat = surest[row + place(x, maps.columns())].max(*heat);
                }
            }
        }
        GrayImage::new(width, height, heat).expect("as many levels as the size says")
    }
}

#[cfg(all(test, feature = "finder"))]
mod tests {
    use super::*;

    #[test]
    fn a_stroke_is_hot_and_paper_is_not() {
        let mut pixels = vec![240u8; 200 * 120];
        (40..80).for_each(|y| pixels[y * 200 + 140..y * 200 + 146].fill(20));
        let heat = Finder::shipped().heat(&GrayImage::new(200, 120, pixels).unwrap());
        assert_eq!((heat.width(), heat.height()), (200, 120));
        let most = |columns: std::ops::Range<usize>| {
            (0..120).flat_map(|y| heat.row(y)[columns.clone()].iter().copied()).max().unwrap()
        };
        assert!(most(130..156) > 150 && most(0..90) < 100, "{} {}", most(130..156), most(0..90));
    }
}
