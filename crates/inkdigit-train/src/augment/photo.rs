//! What a camera or a scanner does to gray levels: blur, contrast, black and white, faint ink, noise.

use inkdigit_nn::Rng;

use super::Augment;
use inkdigit_image::{IMAGE_PIXELS, IMAGE_SIDE};

/// Changes the gray levels (0 ground to 255 ink) of one digit as far as `augment` says.
pub(super) fn expose(augment: &Augment, rng: &mut Rng, image: &mut [f32]) {
    if augment.blur > 0.0 {
        blur(image, rng.uniform(0.0, augment.blur));
    }
    if augment.contrast > 0.0 {
        // Schlick's bias ("Fast alternatives to Perlin's bias and gain functions", 1994): a curve through
        // both ends that costs one division.
        let bend = rng.uniform(-augment.contrast, augment.contrast).exp();
        for value in image.iter_mut() {
            *value = 255.0 * *value / (*value + bend * (255.0 - *value).max(0.0)).max(1e-6);
        }
    }
    if augment.binarise > 0.0 && rng.unit() < augment.binarise {
        // Of the brightest ink: any binarisation adapts to a thin pen's or a blurred picture's contrast.
        let threshold = image.iter().fold(0f32, |most, &v| most.max(v)) * rng.uniform(0.3, 0.6);
        for value in image.iter_mut() {
            *value = if *value > threshold { 255.0 } else { 0.0 };
        }
    }
    if augment.fade > 0.0 {
        let kept = (1.0 - rng.uniform(0.0, augment.fade)).max(0.0);
        for value in image.iter_mut() {
            *value *= kept;
        }
    }
    if augment.noise > 0.0 {
        noise(image, rng.uniform(0.0, augment.noise), rng);
    }
}

/// Noise of this deviation, distributed as the difference of two uniform numbers.
fn noise(image: &mut [f32], deviation: f32, rng: &mut Rng) {
    // The difference of two uniform 16-bit numbers deviates by 2^16 / sqrt(6).
    let amplitude = deviation * 6f32.sqrt() / 65536.0;
    for pair in image.chunks_mut(2) {
        let bits = rng.next_u64();
        for (value, bits) in pair.iter_mut().zip([bits as u32, (bits >> 32) as u32]) {
            let difference = (bits & 0xffff) as f32 - (bits >> 16) as f32;
            *value = (*value + amplitude * difference).clamp(0.0, 255.0);
        }
    }
}

/// Taps on each side of the blur's middle: enough for the deviations that leave a digit readable.
const REACH: usize = 3;
const WIDE: usize = IMAGE_SIDE + 2 * REACH;

/// A Gaussian blur, separably; nothing lies beyond the edges.
fn blur(image: &mut [f32], sigma: f32) {
    // Narrower ones change no gray level.
    if sigma < 0.25 {
        return;
    }
    let mut taps: [f32; 2 * REACH + 1] =
        std::array::from_fn(|i| (-0.5 * ((i as f32 - REACH as f32) / sigma).powi(2)).exp());
    let total: f32 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= total);

    let mut across = [0.0; IMAGE_PIXELS];
    let mut padded = [0.0; WIDE];
    for (out, row) in across.chunks_exact_mut(IMAGE_SIDE).zip(image.chunks_exact(IMAGE_SIDE)) {
        padded[REACH..][..IMAGE_SIDE].copy_from_slice(row);
        for (tap, shifted) in taps.iter().zip(padded.windows(IMAGE_SIDE)) {
            add_scaled(out, *tap, shifted);
        }
    }
    for (y, out) in image.chunks_exact_mut(IMAGE_SIDE).enumerate() {
        out.fill(0.0);
        for source in y.saturating_sub(REACH)..(y + REACH + 1).min(IMAGE_SIDE) {
            add_scaled(out, taps[source + REACH - y], &across[source * IMAGE_SIDE..][..IMAGE_SIDE]);
        }
    }
}

fn add_scaled(out: &mut [f32], factor: f32, values: &[f32]) {
    for (out, value) in out.iter_mut().zip(values) {
        *out += factor * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_spreads_a_point_as_a_gaussian() {
        let mut image = [0.0; IMAGE_PIXELS];
        image[14 * IMAGE_SIDE + 14] = 255.0;
        blur(&mut image, 1.0);
        let sum: f32 = image.iter().sum();
        assert!((sum - 255.0).abs() < 0.1, "{sum}");
        let spread: f32 =
            image.iter().enumerate().map(|(i, v)| v * (i % IMAGE_SIDE) as f32).sum::<f32>() / sum;
        assert!((spread - 14.0).abs() < 1e-3);
        let variance: f32 =
            image.iter().enumerate().map(|(i, v)| v * ((i % IMAGE_SIDE) as f32 - 14.0).powi(2)).sum::<f32>();
        assert!((variance / sum - 1.0).abs() < 0.05, "{}", variance / sum);
    }

    #[test]
    fn noise_has_its_deviation() {
        let mut image = [128.0; IMAGE_PIXELS];
        noise(&mut image, 10.0, &mut Rng::new(1));
        let variance = image.iter().map(|v| (v - 128.0f32).powi(2)).sum::<f32>() / IMAGE_PIXELS as f32;
        assert!((9.0..11.0).contains(&variance.sqrt()), "{}", variance.sqrt());
    }
}
