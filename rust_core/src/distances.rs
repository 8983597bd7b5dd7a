//! Squared distances: of all pairs of vectors, and of each vector from one centre.
//!
//! A distance is the length of a difference, and never `|x|² - 2 x·y + |y|²`, which loses all digits
//! where vectors are long and near each other.
//!
//! The bits are fixed by the readable twin, `pyfedlite/kernels/_numpy_distances.py`. The coordinates
//! come in blocks of [`BLOCK`]. In a block, lane j of 16 adds the squares of the coordinates j,
//! j + 16, j + 32, …; the lanes are added in halves; and the sums of the blocks are added in their
//! order. Threads divide the vectors, never the coordinates of one, so they cannot change a bit.

use pulp::{Arch, Simd, WithSimd};

use crate::blocks::for_each_block;
use crate::error::{KernelError, check_length};

/// How many sums run side by side; what a processor adds at once divides it.
const LANES: usize = 16;

/// How many coordinates are summed before their sum is added to the total. Those of a hundred
/// vectors, 400 KiB, stay in the second-level cache while all pairs pass by.
const BLOCK: usize = 512;

/// How many coordinates of one vector are read before those of the next: a multiple of [`BLOCK`].
/// The same part of the centre, 128 KiB, stays in the cache meanwhile.
const STRETCH: usize = 32 * BLOCK;

/// A block of the centre where none is given.
static ZEROS: [f64; BLOCK] = [0.0; BLOCK];

/// Write the squared distance of each row from `centre`, or from 0, to `into`.
///
/// `threads` threads share the rows; the bits do not depend on their number.
///
/// # Errors
///
/// [`KernelError`] if the lengths do not fit together or `threads` is 0 or too many.
pub fn squared_lengths<T>(
    rows: &[&[T]],
    centre: Option<&[f64]>,
    into: &mut [f64],
    threads: usize,
) -> Result<(), KernelError>
where
    T: Copy + Into<f64> + Sync,
{
    check_length("into", rows.len(), into.len())?;
    let num_params = check_rows(rows)?;
    if let Some(centre) = centre {
        check_length("centre", num_params, centre.len())?;
    }
    let rows_each = rows.len().div_ceil(threads.max(1));
    for_each_block(into, rows_each, threads, |index, sums| {
        let rows = rows.get(index * rows_each..).unwrap_or_default();
        Arch::new().dispatch(FromCentre { rows, centre, num_params, sums });
    })
}

/// Write the squared distance of each row `i` from each later row `j` to `into[i * n + j]`.
///
/// The other half of the square, and its diagonal, become 0. `threads` threads share the rows; the
/// bits do not depend on their number. Beside `rows`, each holds up to 4 KiB for every row.
///
/// # Errors
///
/// [`KernelError`] if the lengths do not fit together or `threads` is 0 or too many.
pub fn squared_distances<T>(
    rows: &[&[T]],
    into: &mut [f64],
    threads: usize,
) -> Result<(), KernelError>
where
    T: Copy + Into<f64> + Sync,
{
    check_length("into", rows.len().saturating_mul(rows.len()), into.len())?;
    let num_params = check_rows(rows)?;
    let rows_each = rows_at_once(rows.len(), threads);
    for_each_block(into, rows_each * rows.len(), threads, |index, sums| {
        Arch::new().dispatch(Pairs { rows, first: index * rows_each, num_params, sums });
    })
}

/// Return the number of coordinates, the same in all rows.
fn check_rows<T>(rows: &[&[T]]) -> Result<usize, KernelError> {
    let num_params = rows.first().map_or(0, |row| row.len());
    for row in rows {
        check_length("each of vectors", num_params, row.len())?;
    }
    Ok(num_params)
}

/// Return how many rows of the square a thread takes at a time.
///
/// One thread takes all, so that every vector is read once. Of several, each takes a few after the
/// other, since the first rows of a triangle are the longest.
fn rows_at_once(num_rows: usize, threads: usize) -> usize {
    if threads <= 1 { num_rows } else { num_rows.div_ceil(threads.saturating_mul(4)) }
}

/// Writes the squared distances of the first `sums.len()` rows from `centre` to `sums`.
struct FromCentre<'a, T> {
    rows: &'a [&'a [T]],
    centre: Option<&'a [f64]>,
    num_params: usize,
    sums: &'a mut [f64],
}

impl<T: Copy + Into<f64>> WithSimd for FromCentre<'_, T> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the lanes")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { rows, centre, num_params, sums } = self;
        sums.fill(0.0);
        for start in (0..num_params).step_by(STRETCH) {
            let end = num_params.min(start + STRETCH);
            for (sum, row) in sums.iter_mut().zip(rows) {
                let row = row.get(start..end).unwrap_or_default();
                for (index, row) in row.chunks(BLOCK).enumerate() {
                    let here = start + index * BLOCK;
                    let centre =
                        centre.map_or(ZEROS.as_slice(), |c| c.get(here..).unwrap_or_default());
                    *sum += sum_of_squares(row, centre.get(..row.len()).unwrap_or_default());
                }
            }
        }
    }
}

/// Writes the squared distances of the rows from `first` on, as many as `sums` has room for, from
/// all later ones to `sums`.
struct Pairs<'a, T> {
    rows: &'a [&'a [T]],
    first: usize,
    num_params: usize,
    sums: &'a mut [f64],
}

impl<T: Copy + Into<f64>> WithSimd for Pairs<'_, T> {
    type Output = ();

    /// A block of all rows is widened once, and then serves every pair.
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the lanes")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { rows, first, num_params, sums } = self;
        let left = rows.get(first..).unwrap_or_default();
        let mut widened = vec![[0.0; BLOCK]; left.len()];
        sums.fill(0.0);
        for start in (0..num_params).step_by(BLOCK) {
            for (values, row) in widened.iter_mut().zip(left) {
                widen(values, row.get(start..).unwrap_or_default());
            }
            for (i, sums) in sums.chunks_mut(rows.len()).enumerate() {
                let Some((row, later)) = widened.get(i..).and_then(<[_]>::split_first) else {
                    return;
                };
                for (sum, other) in sums.iter_mut().skip(first + i + 1).zip(later) {
                    *sum += sum_of_squares(other, row);
                }
            }
        }
    }
}

/// Write the first values of a row to `values`, and 0 to what is left of them.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the lanes")]
#[inline(always)]
fn widen<T: Copy + Into<f64>>(values: &mut [f64; BLOCK], row: &[T]) {
    if row.len() < BLOCK {
        values.fill(0.0);
    }
    for (value, &x) in values.iter_mut().zip(row) {
        *value = x.into();
    }
}

/// Return the sum of `(row[k] - centre[k])²` over a block.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the lanes")]
#[inline(always)]
fn sum_of_squares<T: Copy + Into<f64>>(row: &[T], centre: &[f64]) -> f64 {
    let (row_lanes, last_of_row) = row.as_chunks::<LANES>();
    let (centre_lanes, last_of_centre) = centre.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for (row, centre) in row_lanes.iter().zip(centre_lanes) {
        add_squares(&mut lanes, row, centre);
    }
    add_squares(&mut lanes, last_of_row, last_of_centre);
    for half in [LANES / 2, LANES / 4, LANES / 8, LANES / 16] {
        let (low, high) = lanes.split_at_mut(half);
        for (low, high) in low.iter_mut().zip(high) {
            *low += *high;
        }
    }
    let [sum, ..] = lanes;
    sum
}

/// Add the square of each difference to its lane.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the lanes")]
#[inline(always)]
fn add_squares<T: Copy + Into<f64>>(lanes: &mut [f64; LANES], row: &[T], centre: &[f64]) {
    for ((lane, &x), &c) in lanes.iter_mut().zip(row).zip(centre) {
        let difference = x.into() - c;
        *lane += difference * difference;
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    use proptest::prelude::*;

    use super::*;

    /// The definition: blocks, lanes, halves, with every sum in its order.
    fn reference(row: &[f64], centre: &[f64]) -> f64 {
        let mut total = 0.0;
        for (row, centre) in row.chunks(512).zip(centre.chunks(512)) {
            let mut lanes = [0.0; 16];
            for (k, (x, c)) in row.iter().zip(centre).enumerate() {
                lanes[k % 16] += (x - c) * (x - c);
            }
            for half in [8, 4, 2, 1] {
                for j in 0..half {
                    lanes[j] += lanes[j + half];
                }
            }
            total += lanes[0];
        }
        total
    }

    /// Vectors of finite values, of which some have more than one block.
    fn cohort() -> impl Strategy<Value = Vec<Vec<f64>>> {
        (1..7_usize, prop_oneof![0..40_usize, 500..1100_usize]).prop_flat_map(|(n, num_params)| {
            let finite = POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO;
            vec(vec(prop_oneof![finite, -9.0..9.0], num_params), n)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_distance_is_its_definition_bit_for_bit_on_any_number_of_threads(
            rows in cohort(),
            threads in 1..5_usize,
        ) {
            let slices: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            let n = rows.len();
            let (mut square, mut lengths) = (vec![1.0; n * n], vec![1.0; n]);
            squared_distances(&slices, &mut square, threads).unwrap();
            squared_lengths(&slices, Some(&rows[0]), &mut lengths, threads).unwrap();
            for (i, row) in rows.iter().enumerate() {
                for (j, other) in rows.iter().enumerate() {
                    let expected = if i < j { reference(other, row) } else { 0.0 };
                    prop_assert_eq!(square[i * n + j].to_bits(), expected.to_bits());
                }
                prop_assert_eq!(lengths[i].to_bits(), reference(row, &rows[0]).to_bits());
            }
        }

        #[test]
        fn no_centre_is_a_centre_of_zeros(rows in cohort()) {
            let slices: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            let (mut without, mut with) = (vec![0.0; rows.len()], vec![0.0; rows.len()]);
            squared_lengths(&slices, None, &mut without, 1).unwrap();
            squared_lengths(&slices, Some(&vec![0.0; rows[0].len()]), &mut with, 1).unwrap();
            prop_assert_eq!(without, with);
        }
    }

    #[test]
    fn stretches_meet_without_a_gap() {
        let len = STRETCH + 700;
        let row: Vec<f64> = [3.0, 1.0, 4.0, 1.5, 9.0].into_iter().cycle().take(len).collect();
        let centre: Vec<f64> = [2.0, 7.0, 1.0].into_iter().cycle().take(len).collect();
        let mut sum = [0.0];
        squared_lengths(&[&row], Some(&centre), &mut sum, 1).unwrap();
        assert_eq!(sum[0].to_bits(), reference(&row, &centre).to_bits());
    }

    #[test]
    fn float32_is_widened_before_it_is_subtracted() {
        let third = 1.0_f32 / 3.0;
        let mut sum = [0.0];
        squared_lengths(&[&[third]], Some(&[1e-9]), &mut sum, 1).unwrap();
        let difference = f64::from(third) - 1e-9;
        assert_eq!(sum[0].to_bits(), (difference * difference).to_bits());
    }

    #[test]
    fn no_rows_have_no_distances() {
        assert_eq!(squared_distances::<f64>(&[], &mut [], 1), Ok(()));
        assert_eq!(squared_lengths::<f64>(&[], None, &mut [], 2), Ok(()));
    }

    #[test]
    fn arguments_that_do_not_fit_are_refused() {
        let rows: [&[f64]; 2] = [&[1.0, 2.0], &[1.0]];
        let error = squared_distances(&rows, &mut [0.0; 4], 1).unwrap_err();
        assert_eq!(error.to_string(), "each of vectors must have length 2, got 1");
        assert_eq!(squared_lengths(&rows, None, &mut [0.0; 2], 1).unwrap_err(), error);
        let error = squared_distances(&rows[..1], &mut [0.0; 2], 1).unwrap_err();
        assert_eq!(error.to_string(), "into must have length 1, got 2");
        let error = squared_lengths(&rows[..1], Some(&[0.0]), &mut [0.0], 1).unwrap_err();
        assert_eq!(error.to_string(), "centre must have length 2, got 1");
        let error = squared_lengths(&rows[..1], None, &mut [0.0], 0).unwrap_err();
        assert_eq!(error, KernelError::Zero { name: "threads" });
        assert!(squared_distances(&rows[..1], &mut [0.0], 0).is_err());
    }
}
