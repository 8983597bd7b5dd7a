//! The sum behind federated averaging: `into += Σ_k weights[k] · rows[k]`.
//!
//! The bits are fixed by the readable twin, `pyfedlite/kernels/_numpy.py`. Each coordinate adds its
//! clients one after another, in the order of the rows, into a float64 that is carried in `into`;
//! product and sum are rounded apart (Rust never contracts them into one fused operation). Threads
//! and vector lanes divide the coordinates, never the clients, so neither can change a bit.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::blocks::for_each_block;
use crate::error::{KernelError, check_length};

/// The most coordinates that are summed at a time. Their float64 sums, 512 KiB, stay in the
/// second-level cache while the rows pass by; a smaller block would fit the first level, but break
/// the rows into pieces too short for the processor to read ahead, which costs more.
const MAX_BLOCK: usize = 65_536;

/// Add `weights[k] * rows[k]` to `into`, client by client.
///
/// `threads` threads share the coordinates; the bits do not depend on their number.
///
/// # Errors
///
/// [`KernelError`] if the lengths do not fit together or `threads` is 0 or too many.
pub fn weighted_sum<T>(
    rows: &[&[T]],
    weights: &[f64],
    into: &mut [f64],
    threads: usize,
) -> Result<(), KernelError>
where
    T: Copy + Into<f64> + Sync,
{
    check_length("weights", rows.len(), weights.len())?;
    for row in rows {
        check_length("each of deltas", into.len(), row.len())?;
    }
    let block_len = block_len(into.len(), threads);
    for_each_block(into, block_len, threads, |index, block| {
        Arch::new().dispatch(AddRows { rows, weights, start: index * block_len, block });
    })
}

/// Return the length of blocks that are as equal as can be, the same number for every thread.
fn block_len(num_params: usize, threads: usize) -> usize {
    let per_thread = num_params.div_ceil(threads.max(1)).max(1);
    per_thread.div_ceil(per_thread.div_ceil(MAX_BLOCK))
}

/// Adds the part of all rows that begins at coordinate `start` to `block`.
struct AddRows<'a, T> {
    rows: &'a [&'a [T]],
    weights: &'a [f64],
    start: usize,
    block: &'a mut [f64],
}

impl<T> WithSimd for AddRows<'_, T>
where
    T: Copy + Into<f64>,
{
    type Output = ();

    /// Four rows go by at a time, which loads and stores each sum once for four clients. It is
    /// still `(((sum + a) + b) + c) + d`, the order of the rows.
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the lanes")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { rows, weights, start, block } = self;
        let span = start..start + block.len();
        let (row_fours, last_rows) = rows.as_chunks::<4>();
        let (weight_fours, last_weights) = weights.as_chunks::<4>();
        for ([a, b, c, d], [u, v, w, x]) in row_fours.iter().zip(weight_fours) {
            let (a, b, c, d) = (part(a, &span), part(b, &span), part(c, &span), part(d, &span));
            for ((((sum, &a), &b), &c), &d) in block.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *sum = *sum + u * a.into() + v * b.into() + w * c.into() + x * d.into();
            }
        }
        for (row, weight) in last_rows.iter().zip(last_weights) {
            for (sum, &x) in block.iter_mut().zip(part(row, &span)) {
                *sum += weight * x.into();
            }
        }
    }
}

/// Return the coordinates `span` of a row. The lengths are checked, so there are always some.
fn part<'a, T>(row: &'a [T], span: &Range<usize>) -> &'a [T] {
    row.get(span.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    use proptest::prelude::*;

    use super::*;

    /// The definition: one client after another, one coordinate after another.
    fn reference(rows: &[Vec<f64>], weights: &[f64], into: &[f64]) -> Vec<f64> {
        let mut sums = into.to_vec();
        for (row, weight) in rows.iter().zip(weights) {
            for (sum, x) in sums.iter_mut().zip(row) {
                *sum += weight * x;
            }
        }
        sums
    }

    /// Bit patterns, with one pattern for all NaN (inf - inf, after an overflow).
    fn bits(values: &[f64]) -> Vec<u64> {
        values.iter().map(|x| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }).collect()
    }

    fn cohort() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<f64>, Vec<f64>)> {
        (0..11_usize, 0..40_usize).prop_flat_map(|(num_clients, num_params)| {
            let finite = POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO;
            let vector = vec(finite, num_params);
            (vec(vector.clone(), num_clients), vec(finite, num_clients), vector)
        })
    }

    proptest! {
        #[test]
        fn the_sum_is_its_definition_bit_for_bit_on_any_number_of_threads(
            (rows, weights, into) in cohort(),
            threads in 1..5_usize,
        ) {
            let slices: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            let mut sums = into.clone();
            weighted_sum(&slices, &weights, &mut sums, threads).unwrap();
            prop_assert_eq!(bits(&sums), bits(&reference(&rows, &weights, &into)));
        }

        #[test]
        fn blocks_cover_all_parameters_and_fit_the_cache(
            num_params in 0..1_000_000_usize,
            threads in 1..200_usize,
        ) {
            let len = block_len(num_params, threads);
            prop_assert!((1..=MAX_BLOCK).contains(&len));
        }
    }

    #[test]
    fn float32_is_widened_before_it_is_multiplied() {
        let third = 1.0_f32 / 3.0;
        let mut sum = [0.0];
        weighted_sum(&[&[third]], &[0.1], &mut sum, 1).unwrap();
        assert_eq!(sum[0].to_bits(), (0.1 * f64::from(third)).to_bits());
    }

    #[test]
    fn product_and_sum_are_rounded_apart() {
        // (1 + e)(1 - e) = 1 - e^2 rounds to 1, and 1 - 1 = 0; fused, -e^2 would be left.
        let (above, below) = (1.0 + f64::EPSILON, 1.0 - f64::EPSILON);
        let mut sum = [-1.0];
        weighted_sum(&[&[below]], &[above], &mut sum, 1).unwrap();
        assert_eq!(sum[0].to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn a_row_of_another_length_is_refused() {
        let rows: [&[f64]; 2] = [&[1.0, 2.0], &[1.0]];
        let error = weighted_sum(&rows, &[1.0, 1.0], &mut [0.0; 2], 1).unwrap_err();
        assert_eq!(error.to_string(), "each of deltas must have length 2, got 1");
    }

    #[test]
    fn no_threads_are_refused() {
        let error = weighted_sum::<f64>(&[], &[], &mut [], 0).unwrap_err();
        assert_eq!(error, KernelError::Zero { name: "threads" });
    }
}
