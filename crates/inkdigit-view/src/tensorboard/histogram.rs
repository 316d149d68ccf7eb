//! How numbers are spread.

use super::proto::Histogram;

/// TensorBoard shows as many; more would only be merged there.
const BUCKETS: usize = 30;

/// The spread of these numbers over equal buckets from the least to the largest; NaN and
/// infinities aren't counted. `None` where there are no others.
pub(super) fn histogram(values: &[f32]) -> Option<Histogram> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (min, max) = finite()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), value| (min.min(value), max.max(value)));
    if min > max {
        return None;
    }
    let (low, width) = (f64::from(min), (f64::from(max) - f64::from(min)) / BUCKETS as f64);
    // One value alone has one bucket; its width is of no meaning.
    let buckets = if width > 0.0 { BUCKETS } else { 1 };
    let per_width = if width > 0.0 { width.recip() } else { 0.0 };
    let mut counts = [0u32; BUCKETS];
    let (mut num, mut sum, mut sum_squares) = (0usize, 0.0, 0.0);
    for value in finite().map(f64::from) {
        counts[(((value - low) * per_width) as usize).min(buckets - 1)] += 1;
        num += 1;
        sum += value;
        sum_squares += value * value;
    }
    let limit = |bucket| if bucket == buckets { f64::from(max) } else { low + bucket as f64 * width };
    Some(Histogram {
        min: low,
        max: f64::from(max),
        num: num as f64,
        sum,
        sum_squares,
        bucket_limit: (1..=buckets).map(limit).collect(),
        bucket: counts[..buckets].iter().copied().map(f64::from).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_counted_once() {
        let found = histogram(&[0.0, 3.0, 1.5, f32::NAN, 3.0, f32::INFINITY]).unwrap();
        assert_eq!((found.min, found.max, found.num, found.sum), (0.0, 3.0, 4.0, 7.5));
        assert_eq!(found.sum_squares, 9.0 + 9.0 + 2.25);
        assert_eq!((found.bucket.len(), found.bucket_limit.len()), (BUCKETS, BUCKETS));
        assert_eq!((found.bucket[0], found.bucket[15], found.bucket[29]), (1.0, 1.0, 2.0));
        assert_eq!(found.bucket.iter().sum::<f64>(), 4.0);
        assert!(found.bucket_limit.is_sorted() && found.bucket_limit[29] == 3.0);
    }

    #[test]
    fn equal_numbers_have_one_bucket_and_none_have_no_histogram() {
        let zeros = histogram(&[0.0; 7]).unwrap();
        assert_eq!((&zeros.bucket[..], &zeros.bucket_limit[..]), (&[7.0][..], &[0.0][..]));
        assert!(histogram(&[]).is_none() && histogram(&[f32::NAN]).is_none());
        // The range of finite numbers may itself be beyond float32.
        let wide = histogram(&[f32::MIN, f32::MAX]).unwrap();
        assert_eq!((wide.bucket[0], wide.bucket[29]), (1.0, 1.0));
    }
}
