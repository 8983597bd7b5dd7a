//! The trimmed mean of many rows, one coordinate after another.
//!
//! The sorting network of `trimmed` holds 128 coordinates of every row, however few there are; for
//! a million rows of one coordinate that would be 128 times the input. What is held here is never
//! larger than the input. Beyond a few thousand rows it is also the faster way, since the number of
//! passes of the network grows with the square of the logarithm.

use super::Ordered;

/// How many coordinates are copied at once: as many as a cache line holds values, so that each line
/// of a row is fetched once.
const WIDTH: usize = 16;

/// Write the means of the coordinates from `start` on to `block`.
///
/// The bits are those of the network: both sort by the same keys, and add in the same order.
pub fn write_means<T: Ordered>(rows: &[&[T]], trim: usize, start: usize, block: &mut [f64]) {
    let width = WIDTH.min(block.len());
    let mut keys = vec![T::Key::default(); rows.len() * width];
    for (index, means) in block.chunks_mut(WIDTH).enumerate() {
        copy_columns(rows, start + index * WIDTH, means.len(), &mut keys);
        for (mean, column) in means.iter_mut().zip(keys.chunks_mut(rows.len().max(1))) {
            column.sort_unstable();
            *mean = mean_of_sorted::<T>(column, trim);
        }
    }
}

/// Copy `width` coordinates from `first` on to `keys`, the values of one coordinate side by side.
fn copy_columns<T: Ordered>(rows: &[&[T]], first: usize, width: usize, keys: &mut [T::Key]) {
    for (index, row) in rows.iter().enumerate() {
        let values = row.get(first..first + width).unwrap_or_default();
        let places = keys.iter_mut().skip(index).step_by(rows.len());
        for (key, value) in places.zip(values) {
            *key = value.key();
        }
    }
}

/// Return the mean of the sorted `keys` without `trim` at either end, NaN if not all are finite.
#[expect(clippy::cast_precision_loss, reason = "no memory holds 2^53 vectors")]
fn mean_of_sorted<T: Ordered>(keys: &[T::Key], trim: usize) -> f64 {
    let finite = |key: Option<&T::Key>| key.is_some_and(|&key| T::widened(key).is_finite());
    if !(finite(keys.first()) && finite(keys.last())) {
        return f64::NAN;
    }
    let kept = keys.get(trim..keys.len() - trim).unwrap_or_default();
    kept.iter().fold(0.0, |sum, &key| sum + T::widened(key)) / kept.len() as f64
}
