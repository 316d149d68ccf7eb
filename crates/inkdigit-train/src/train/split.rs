//! Which images are held out for validation: the last ones of each digit, in proportion.
//!
//! The last ones, because in MNIST neighbours are of one writer, so that few writers are on both sides; of
//! each digit, so that sets sorted by digit work too. The split depends on nothing but the labels.

use crate::data::Dataset;
use crate::error::{Error, Result};

/// Indices of the images to train on and of those held out, both in the order of the set.
///
/// # Errors
/// [`Error::EmptyData`], [`Error::NotEnoughData`] if nothing is left to train on.
pub(super) fn indices(data: &Dataset, validation: usize) -> Result<(Vec<usize>, Vec<usize>)> {
    if data.is_empty() {
        return Err(Error::EmptyData { file: "the training set".into() });
    }
    if validation >= data.len() {
        return Err(Error::NotEnoughData { wanted: validation, available: data.len() });
    }
    let mut quota = quotas(data, validation);
    let mut held: Vec<usize> = (0..data.len())
        .rev()
        .filter(|&index| {
            let left = &mut quota[data.labels()[index] as usize];
            let held = *left > 0;
            *left -= usize::from(held);
            held
        })
        .collect();
    held.reverse();
    let mut next = held.iter().copied().peekable();
    let train = (0..data.len()).filter(|&index| next.next_if_eq(&index).is_none()).collect();
    Ok((train, held))
}

/// How many of each digit are held out: `validation` in all, each within one of its exact share.
fn quotas(data: &Dataset, validation: usize) -> [usize; 10] {
    let (counts, all) = (data.counts(), data.len() as u128);
    let mut before = 0;
    // Differences of rounded running sums add up exactly.
    counts.map(|count| {
        let share = |images: usize| (images as u128 * validation as u128 / all) as usize;
        let quota = share(before + count) - share(before);
        before += count;
        quota
    })
}

/// The images that a training with `validation` images held out trains on.
///
/// # Errors
/// [`Error::EmptyData`], [`Error::NotEnoughData`].
pub fn training_images(data: &Dataset, validation: usize) -> Result<Dataset> {
    Ok(data.select(&indices(data, validation)?.0))
}

/// The images that a training with `validation` images held out is chosen by.
///
/// # Errors
/// [`Error::EmptyData`], [`Error::NotEnoughData`].
pub fn validation_images(data: &Dataset, validation: usize) -> Result<Dataset> {
    Ok(data.select(&validation_indices(data, validation)?))
}

/// Which images those of [`validation_images`] are, in their order.
///
/// # Errors
/// [`Error::EmptyData`], [`Error::NotEnoughData`].
pub fn validation_indices(data: &Dataset, validation: usize) -> Result<Vec<usize>> {
    Ok(indices(data, validation)?.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_image::IMAGE_PIXELS;

    fn labelled(labels: Vec<u8>) -> Dataset {
        Dataset::new(vec![0; labels.len() * IMAGE_PIXELS], labels).unwrap()
    }

    #[test]
    fn the_last_of_each_digit_are_held_out() {
        let sorted = labelled((0..200).map(|i| i / 20).collect());
        let (train, held) = indices(&sorted, 50).unwrap();
        assert_eq!((train.len(), held.len()), (150, 50));
        assert_eq!(sorted.select(&held).counts(), [5; 10]);
        assert!((0..20).all(|i| held.contains(&i) == (i >= 15)));
        assert!(train.iter().all(|index| !held.contains(index)));
    }

    #[test]
    fn the_number_held_out_is_exact_whatever_the_digits_are() {
        for validation in [0, 1, 7, 96] {
            let uneven = labelled((0..97u32).map(|i| (i * i % 7) as u8).collect());
            let (train, held) = indices(&uneven, validation).unwrap();
            assert_eq!((train.len(), held.len()), (97 - validation, validation));
        }
        assert!(matches!(
            indices(&labelled(vec![1; 5]), 5),
            Err(Error::NotEnoughData { wanted: 5, available: 5 })
        ));
        assert!(matches!(indices(&labelled(vec![]), 0), Err(Error::EmptyData { .. })));
    }
}
