//! The loss of a detector by centres ("Objects as points", Zhou, Wang and Krähenbühl, arXiv 1904.07850).
//!
//! For each place of its maps a network gives a logit for each class, then four numbers about the object whose
//! middle lies there: its height and width, and how far its middle is from the place's. Logits are compared with
//! heat maps that are 1 at the middles and fall off around them, by the focal loss of CornerNet (Law and Deng,
//! arXiv 1808.01244). With p the logit's sigmoid and t the heat:
//!
//! ```text
//! -(1 - p)^2 log p              where t = 1
//! -(1 - t)^4 p^2 log(1 - p)     elsewhere
//! ```
//!
//! Sizes and offsets are compared at the middles alone, by their distance. All of it is divided by the number of
//! middles.

use crate::parallel::Threads;

/// Numbers of a place behind the classes' logits: height, width, and the offset down and across.
pub const BOX_CHANNELS: usize = 4;

/// What the maps of a batch should be.
#[derive(Clone, Copy, Debug)]
pub struct CentreTargets<'a> {
    /// `[N, H, W, classes]`, from 0 to 1; 1 at the middles of objects.
    pub heat: &'a [f32],
    /// `[N, H, W]`: 1 where the heat counts, 0 where it doesn't matter what is found.
    pub counted: &'a [f32],
    /// The boxes of the objects.
    pub boxes: &'a [CentreBox],
}

/// The box of an object, at the place where its middle lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CentreBox {
    /// The place, counted through `[N, H, W]`.
    pub place: usize,
    /// What the network is to give there: height, width, and the offset down and across.
    pub numbers: [f32; BOX_CHANNELS],
}

/// How much the parts of the loss weigh beside the heat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CentreWeights {
    /// The distance of height and width.
    pub size: f32,
    /// The distance of the offset.
    pub offset: f32,
}

/// The loss of a batch, its parts as they weigh in it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CentreLoss {
    /// Of the classes.
    pub heat: f64,
    /// Of height and width.
    pub size: f64,
    /// Of the offset.
    pub offset: f64,
    /// How many objects there are.
    pub objects: usize,
}

impl CentreLoss {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.heat + self.size + self.offset
    }
}

/// Places that one task works off. The sums of each are kept apart, so that threads change no bit.
const TASK: usize = 512;

/// The loss of a batch, and its gradient.
///
/// # Shapes
/// `maps` and `dmaps: [N, H, W, classes + 4]`; `dmaps` is overwritten.
///
/// # Panics
/// If the lengths don't fit, or a box lies outside.
pub fn centre_loss(
    maps: &[f32],
    targets: CentreTargets<'_>,
    weights: CentreWeights,
    dmaps: &mut [f32],
) -> CentreLoss {
    let CentreTargets { heat, counted, boxes } = targets;
    let places = counted.len();
    assert!(places > 0 && heat.len().is_multiple_of(places), "a row of heat for each place");
    let classes = heat.len() / places;
    let channels = classes + BOX_CHANNELS;
    assert!(maps.len() == places * channels && dmaps.len() == maps.len(), "numbers for each place");
    let share = 1.0 / boxes.len().max(1) as f64;

    let mut sums = vec![0.0f64; places.div_ceil(TASK)];
    let tasks: Vec<_> = dmaps
        .chunks_mut(TASK * channels)
        .zip(maps.chunks(TASK * channels))
        .zip(heat.chunks(TASK * classes).zip(counted.chunks(TASK)))
        .zip(&mut sums)
        .collect();
    Threads::all().for_each(tasks, |(((dmaps, maps), (heat, counted)), sum)| {
        let rows = dmaps.chunks_exact_mut(channels).zip(maps.chunks_exact(channels));
        for ((dmaps, maps), (heat, &counted)) in rows.zip(heat.chunks_exact(classes).zip(counted)) {
            dmaps.fill(0.0);
            if counted > 0.0 {
                *sum += add_row(&maps[..classes], heat, counted * share as f32, dmaps);
            }
        }
    });
    let mut loss = CentreLoss { heat: sums.iter().sum(), objects: boxes.len(), ..CentreLoss::default() };
    for found in boxes {
        let numbers = found.place * channels + classes..(found.place + 1) * channels;
        let parts = [weights.size, weights.size, weights.offset, weights.offset];
        let pairs = maps[numbers.clone()].iter().zip(&mut dmaps[numbers]);
        for (i, (&given, slope)) in pairs.enumerate() {
            let (distance, weight) = (f64::from(given) - f64::from(found.numbers[i]), f64::from(parts[i]));
            let part = if i < 2 { &mut loss.size } else { &mut loss.offset };
            *part += share * weight * distance.abs();
            if distance != 0.0 {
                *slope += (share * weight * distance.signum()) as f32;
            }
        }
    }
    loss
}

/// The loss of one place's logits times `weight`; writes its slopes.
fn add_row(logits: &[f32], heat: &[f32], weight: f32, dlogits: &mut [f32]) -> f64 {
    let mut sum = 0.0f64;
    for ((&z, &t), slope) in logits.iter().zip(heat).zip(dlogits) {
        let e = (-z.abs()).exp();
        // p and 1 - p, neither of them by subtraction: one is tiny where the network is sure.
        let (p, q) =
            if z >= 0.0 { (1.0 / (1.0 + e), e / (1.0 + e)) } else { (e / (1.0 + e), 1.0 / (1.0 + e)) };
        // log(1 + exp(-|z|)) = -log of the larger of the two.
        let rest = e.ln_1p();
        if t >= 1.0 {
            let minus_log_p = rest + (-z).max(0.0);
            sum += f64::from(weight * q * q * minus_log_p);
            *slope = -weight * q * q * (2.0 * p * minus_log_p + q);
        } else {
            let minus_log_q = rest + z.max(0.0);
            let far = (1.0 - t) * (1.0 - t);
            let scale = weight * far * far * p * p;
            sum += f64::from(scale * minus_log_q);
            *slope = scale * (2.0 * q * minus_log_q + p);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;

    const WEIGHTS: CentreWeights = CentreWeights { size: 0.5, offset: 0.25 };

    /// Three classes on 2 images of 2x3 places, one of them not counted.
    struct Case {
        maps: Vec<f32>,
        heat: Vec<f32>,
        counted: Vec<f32>,
        boxes: Vec<CentreBox>,
    }

    impl Case {
        fn new() -> Self {
            let mut rng = Rng::new(3);
            let maps = (0..12 * 7).map(|_| 2.0 * rng.normal()).collect();
            let mut heat: Vec<f32> = (0..12 * 3).map(|_| rng.uniform(0.0, 0.9)).collect();
            let boxes = [(2, 1), (7, 0)].map(|(place, class)| {
                heat[place * 3 + class] = 1.0;
                CentreBox { place, numbers: [0.3, -0.2, 0.4, -0.1] }
            });
            let mut counted = vec![1.0; 12];
            counted[5] = 0.0;
            Self { maps, heat, counted, boxes: boxes.into() }
        }

        fn loss(&self, maps: &[f32], dmaps: &mut [f32]) -> CentreLoss {
            let Self { heat, counted, boxes, .. } = self;
            centre_loss(maps, CentreTargets { heat, counted, boxes }, WEIGHTS, dmaps)
        }
    }

    #[test]
    fn slopes_are_those_of_the_loss() {
        let case = Case::new();
        let mut slopes = vec![f32::NAN; case.maps.len()];
        case.loss(&case.maps, &mut slopes);
        let mut ignored = vec![0.0; slopes.len()];
        for (i, &slope) in slopes.iter().enumerate() {
            let mut total = |step: f32| {
                let mut maps = case.maps.clone();
                maps[i] += step;
                case.loss(&maps, &mut ignored).total()
            };
            let expected = (total(1e-2) - total(-1e-2)) / 2e-2;
            assert!((f64::from(slope) - expected).abs() < 2e-4, "{i}: {slope}, expected {expected}");
        }
        assert!(slopes[5 * 7..6 * 7].iter().all(|&slope| slope == 0.0), "what isn't counted has none");
        assert!(slopes.iter().filter(|&&slope| slope != 0.0).count() == 11 * 3 + 2 * 4);
    }

    #[test]
    fn the_surest_logits_stay_finite() {
        for z in [-200.0, -90.0, 90.0, 200.0] {
            for t in [0.0, 0.5, 1.0] {
                let mut slope = [0.0];
                let loss = add_row(&[z], &[t], 1.0, &mut slope);
                assert!(loss.is_finite() && slope[0].is_finite(), "{z} at {t}: {loss}, {}", slope[0]);
            }
        }
        let mut slope = [0.0];
        assert!((add_row(&[-200.0], &[1.0], 1.0, &mut slope) - 200.0).abs() < 1e-3);
        assert!((slope[0] + 1.0).abs() < 1e-6, "{}", slope[0]);
    }

    #[test]
    fn a_batch_without_objects_has_a_loss() {
        let case = Case { boxes: Vec::new(), heat: vec![0.0; 36], ..Case::new() };
        let loss = case.loss(&case.maps, &mut [0.0; 84]);
        assert!(loss.heat > 0.0 && loss.size == 0.0 && loss.offset == 0.0, "{loss:?}");
    }
}
