//! The trimmed mean over clients: of each coordinate's values without the lowest and the highest.
//!
//! The bits are fixed by the readable twin, `pyfedlite/kernels/_numpy.py`: the values that are left
//! are added in ascending order to a float64 that starts at 0, and the sum is divided by their
//! number. With all but the middle one or two cut away it is the median.
//!
//! The values of many coordinates are sorted at once, by a network: a fixed list of pairs to put in
//! order, which asks nothing of the values and so suits vector lanes. It is the merge exchange of
//! K. E. Batcher, "Sorting networks and their applications", AFIPS 1968; D. E. Knuth, The Art of
//! Computer Programming 3, 5.2.2, Algorithm M. What it compares are integers in the order of the
//! floats that they stand for, since a minimum of integers has no exceptions.

mod columns;

use pulp::{Arch, Simd, WithSimd};

use crate::blocks::for_each_block;
use crate::error::{KernelError, check_length};

/// How many coordinates are sorted at once. A hundred clients' values of them, 50 KiB, stay in the
/// second-level cache, and every client's are long enough to be read in one go.
const WIDTH: usize = 128;

/// How many coordinates a thread takes at a time: few, so that small models have work for several.
const BLOCK: usize = 4 * WIDTH;

/// The most bytes that the network sorts at once: 16,384 rows of float32, 8192 of float64. About
/// there the columns become the faster way.
const MOST_BYTES: usize = 8 << 20;

/// A float, and the integer that stands for it: of two floats the greater has the greater integer.
///
/// The integer is the float's own bits, which ascend with positive floats; for negative ones, whose
/// bits descend, all bits but the sign are turned round. -0 comes before 0, and what is not a
/// number before or after all that are.
pub trait Ordered: Copy + Sync {
    /// The integer.
    type Key: Copy + Default + Ord;

    /// Return the integer that stands for this float.
    fn key(self) -> Self::Key;

    /// Return the float that `key` stands for, as float64.
    fn widened(key: Self::Key) -> f64;
}

macro_rules! impl_ordered {
    ($float:ty, $key:ty) => {
        impl Ordered for $float {
            type Key = $key;

            #[inline]
            fn key(self) -> $key {
                let bits = self.to_bits().cast_signed();
                bits ^ ((bits >> (<$key>::BITS - 1)) & <$key>::MAX)
            }

            #[inline]
            fn widened(key: $key) -> f64 {
                let bits = key ^ ((key >> (<$key>::BITS - 1)) & <$key>::MAX);
                <$float>::from_bits(bits.cast_unsigned()).into()
            }
        }
    };
}

impl_ordered!(f32, i32);
impl_ordered!(f64, i64);

/// Write each coordinate's mean without its `trim` lowest and `trim` highest values to `into`.
///
/// A coordinate that is not finite in all rows becomes NaN. `threads` threads share the
/// coordinates; the bits do not depend on their number. Beside `rows`, each holds up to 8 MiB, or the
/// values of 16 coordinates.
///
/// # Errors
///
/// [`KernelError`] if the lengths do not fit together, nothing would be left of the rows, or
/// `threads` is 0 or too many.
pub fn trimmed_mean<T: Ordered>(
    rows: &[&[T]],
    trim: usize,
    into: &mut [f64],
    threads: usize,
) -> Result<(), KernelError> {
    let len = rows.len();
    let Some(most) = len.checked_sub(1).map(|others| others / 2) else {
        return Err(KernelError::Zero { name: "deltas" });
    };
    if trim > most {
        return Err(KernelError::Trim { most, len, got: trim });
    }
    for row in rows {
        check_length("each of deltas", into.len(), row.len())?;
    }
    let by_network = len.saturating_mul(WIDTH * size_of::<T::Key>()) <= MOST_BYTES;
    for_each_block(into, BLOCK, threads, |index, block| {
        let start = index * BLOCK;
        if by_network {
            Arch::new().dispatch(TrimBlock { rows, trim, start, block });
        } else {
            columns::write_means(rows, trim, start, block);
        }
    })
}

/// Writes the means of the coordinates from `start` on to `block`.
struct TrimBlock<'a, T> {
    rows: &'a [&'a [T]],
    trim: usize,
    start: usize,
    block: &'a mut [f64],
}

impl<T: Ordered> WithSimd for TrimBlock<'_, T> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the lanes")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { rows, trim, start, block } = self;
        let mut keys = vec![[T::Key::default(); WIDTH]; rows.len()];
        for (index, means) in block.chunks_mut(WIDTH).enumerate() {
            let first = start + index * WIDTH;
            for (keys, row) in keys.iter_mut().zip(rows) {
                let values = row.get(first..first + means.len()).unwrap_or_default();
                for (key, value) in keys.iter_mut().zip(values) {
                    *key = value.key();
                }
            }
            sort(&mut keys);
            write_means::<T>(&keys, trim, means);
        }
    }
}

/// Sort each column of `keys`: Batcher's merge exchange, in Knuth's letters p, q, r and d.
///
/// His innermost step puts the rows i and i + d in order for every i with `i & p == r`: runs of p
/// rows, one run after every p others, each handed on whole.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the lanes")]
#[inline(always)]
fn sort<K: Copy + Ord>(keys: &mut [[K; WIDTH]]) {
    let len = keys.len();
    let half = len.next_power_of_two() / 2;
    let mut p = half;
    while p > 0 {
        let (mut q, mut r, mut d) = (half, 0, p);
        loop {
            for i in (r..len.saturating_sub(d)).step_by(2 * p) {
                exchange(keys, i, i + d, p.min(len - d - i));
            }
            if q == p {
                break;
            }
            (d, q, r) = (q - p, q / 2, p);
        }
        p /= 2;
    }
}

/// Put `len` rows from `low` on in order with as many from `high` on, pair by pair.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the lanes")]
#[inline(always)]
fn exchange<K: Copy + Ord>(keys: &mut [[K; WIDTH]], low: usize, high: usize, len: usize) {
    let Some((before, from_high)) = keys.split_at_mut_checked(high) else { return };
    let lows = before.get_mut(low..low + len).unwrap_or_default().as_flattened_mut();
    let highs = from_high.get_mut(..len).unwrap_or_default().as_flattened_mut();
    for (low, high) in lows.iter_mut().zip(highs) {
        let (a, b) = (*low, *high);
        *low = a.min(b);
        *high = a.max(b);
    }
}

/// Write the mean of each column of the sorted `keys` without `trim` at either end.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the lanes")]
#[expect(clippy::cast_precision_loss, reason = "no memory holds 2^53 vectors")]
#[inline(always)]
fn write_means<T: Ordered>(keys: &[[T::Key; WIDTH]], trim: usize, means: &mut [f64]) {
    let kept = keys.get(trim..keys.len() - trim).unwrap_or_default();
    let mut sums = [0.0; WIDTH];
    for row in kept {
        for (sum, &key) in sums.iter_mut().zip(row) {
            *sum += T::widened(key);
        }
    }
    let (Some(lowest), Some(highest)) = (keys.first(), keys.last()) else { return };
    for (((mean, sum), &low), &high) in means.iter_mut().zip(sums).zip(lowest).zip(highest) {
        // What is not finite stands at an end, cut away or not.
        let all_finite = T::widened(low).is_finite() && T::widened(high).is_finite();
        *mean = if all_finite { sum / kept.len() as f64 } else { f64::NAN };
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::num::f64::{ANY, NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    use proptest::prelude::*;

    use super::*;

    /// The definition: sort one coordinate's values, cut, add, divide.
    fn reference(rows: &[Vec<f64>], trim: usize, coordinate: usize) -> f64 {
        let mut values: Vec<f64> = rows.iter().map(|row| row[coordinate]).collect();
        values.sort_by(f64::total_cmp);
        let kept = &values[trim..values.len() - trim];
        let (sum, len) = kept.iter().fold((0.0, 0.0), |(sum, len), x| (sum + x, len + 1.0));
        sum / len
    }

    /// Vectors of finite values, and how many to cut at each end so that some are left.
    fn cohort() -> impl Strategy<Value = (Vec<Vec<f64>>, usize)> {
        (1..20_usize, 0..300_usize).prop_flat_map(|(num_clients, num_params)| {
            let finite = POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO;
            (vec(vec(finite, num_params), num_clients), 0..num_clients.div_ceil(2))
        })
    }

    proptest! {
        #[test]
        fn the_mean_is_its_definition_bit_for_bit_on_any_number_of_threads(
            (rows, trim) in cohort(),
            threads in 1..4_usize,
        ) {
            let slices: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            let mut means = vec![0.0; rows[0].len()];
            trimmed_mean(&slices, trim, &mut means, threads).unwrap();
            for (coordinate, mean) in means.iter().enumerate() {
                prop_assert_eq!(mean.to_bits(), reference(&rows, trim, coordinate).to_bits());
            }
        }

        #[test]
        fn by_columns_the_bits_are_those_of_the_network((rows, trim) in cohort()) {
            let slices: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            let (mut means, mut by_columns) = (vec![0.0; rows[0].len()], vec![0.0; rows[0].len()]);
            trimmed_mean(&slices, trim, &mut means, 1).unwrap();
            columns::write_means(&slices, trim, 0, &mut by_columns);
            let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&means), bits(&by_columns));
        }

        #[test]
        fn the_network_sorts_any_number_of_rows(values in vec(any::<i32>(), 0..300)) {
            let mut keys: Vec<[i32; WIDTH]> = values.iter().map(|&x| [x; WIDTH]).collect();
            sort(&mut keys);
            let mut sorted = values;
            sorted.sort_unstable();
            prop_assert!(keys.iter().zip(&sorted).all(|(row, &x)| *row == [x; WIDTH]));
        }

        #[test]
        fn keys_have_the_order_of_their_floats_and_give_them_back(a in ANY, b in ANY) {
            prop_assert_eq!(a.key().cmp(&b.key()), a.total_cmp(&b));
            prop_assert_eq!(f64::widened(a.key()).to_bits(), a.to_bits());
        }
    }

    #[test]
    fn zeros_and_ones_are_sorted_however_they_stand() {
        // Knuth's zero-one principle: a network that sorts these sorts everything.
        for len in 1..=12_usize {
            for pattern in 0..1_i32 << len {
                let mut keys: Vec<_> = (0..len).map(|i| [(pattern >> i) & 1; WIDTH]).collect();
                sort(&mut keys);
                assert!(keys.is_sorted(), "{len} values of {pattern:b}");
            }
        }
    }

    #[test]
    fn what_is_not_finite_makes_its_coordinate_nan_and_no_other() {
        for odd in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let rows: [&[f32]; 3] = [&[1.0, odd], &[2.0, 5.0], &[6.0, 5.0]];
            let (mut means, mut by_columns) = ([0.0; 2], [0.0; 2]);
            trimmed_mean(&rows, 1, &mut means, 1).unwrap();
            columns::write_means(&rows, 1, 0, &mut by_columns);
            for [first, second] in [means, by_columns] {
                assert!(first.to_bits() == 2.0_f64.to_bits() && second.is_nan());
            }
        }
    }

    #[test]
    fn arguments_that_do_not_fit_are_refused() {
        let rows: [&[f32]; 4] = [&[1.0]; 4];
        let error = trimmed_mean(&rows, 2, &mut [0.0], 1).unwrap_err();
        assert_eq!(error.to_string(), "trim must be at most 1 for 4 vectors, got 2");
        assert!(trimmed_mean(&rows, usize::MAX, &mut [0.0], 1).is_err());
        let error = trimmed_mean(&rows, 1, &mut [0.0; 2], 1).unwrap_err();
        assert_eq!(error, KernelError::Length { name: "each of deltas", expected: 2, got: 1 });
        let error = trimmed_mean(&rows, 1, &mut [0.0], 0).unwrap_err();
        assert_eq!(error, KernelError::Zero { name: "threads" });
        assert!(trimmed_mean::<f64>(&[], 0, &mut [], 1).is_err());
    }
}
