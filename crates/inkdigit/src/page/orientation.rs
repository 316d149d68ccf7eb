//! Which way is up: the one in which the network is surest of the digits.

use super::marks::{Mark, Marks};
use super::rules::Reader;
use super::segments::Segment;
use super::turn::turned;
use inkdigit_image::preprocess::{Drawing, Ink};
use inkdigit_image::{DigitImage, IMAGE_SIDE};

/// So many marks say which way is up.
const SAMPLE: usize = 40;

/// A turn must make digits surer by this much each, and in all, in nats.
const LEAST_GAIN: f32 = 0.15;
const LEAST_SUM: f32 = 2.0;

/// The quarters of a circle by which a page has to be turned clockwise to be read.
pub(super) fn quarters(reader: &Reader, drawing: &Drawing, marks: &Marks) -> usize {
    let size = |mark: &&Mark| {
        let length = mark.bounds.width().max(mark.bounds.height());
        10 * length >= 6 * marks.height && 10 * length <= 18 * marks.height
    };
    let chosen: Vec<&Mark> = marks.list.iter().filter(size).collect();
    let step = chosen.len().div_ceil(SAMPLE).max(1);
    let segments = chosen.into_iter().step_by(step).map(Segment::of);
    let mut images: Vec<DigitImage> = segments.map(|segment| segment.image(drawing)).collect();
    let count = images.len() as f32;
    let certainty: [f32; 4] = std::array::from_fn(|_| {
        let sure = reader.read(&images).iter().map(|p| p.probability.max(1e-6).ln()).sum();
        images.iter_mut().for_each(|image| *image = quarter(image));
        sure
    });
    let best = (1..4).fold(0, |best, turn| if certainty[turn] > certainty[best] { turn } else { best });
    let gain = certainty[best] - certainty[0];
    if gain >= LEAST_SUM && gain >= LEAST_GAIN * count { best } else { 0 }
}

/// A digit a quarter clockwise, centred again: MNIST's centre isn't the middle.
fn quarter(image: &DigitImage) -> DigitImage {
    let pixels = turned(image.pixels(), IMAGE_SIDE, IMAGE_SIDE);
    let values = pixels.iter().map(|&pixel| pixel as f32 / 255.0).collect();
    let ink = Ink { width: IMAGE_SIDE, height: IMAGE_SIDE, values };
    ink.tight_box(0.0).map_or(*image, |tight| ink.fit_and_centre(tight))
}
