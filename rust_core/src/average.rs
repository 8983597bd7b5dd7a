//! The sum behind federated averaging: into += Σ_k weights[k] · rows[k].
//!
//! The bits are fixed by the readable twin, `pyfedlite/kernels/_numpy.py`. Each coordinate adds its
//! clients one after another, in the order of the rows, into a float64 that is carried in `into`;
//! product and sum are rounded apart (Rust never contracts them into one fused operation). Threads
//! and vector lanes divide the coordinates, never the clients, so neither can change a bit.

use std::iter::Enumerate;
use std::ops::Range;
use std::slice::ChunksMut;
use std::sync::{Mutex, PoisonError};
use std::thread;

use pulp::Arch;

use crate::error::{KernelError, check_length};

/// Coordinates that are summed at a time: 32 KiB of float64, which stay in the first-level cache
/// while all the rows pass by.
const BLOCK: usize = 4096;

/// Bytes of input that are worth a thread. Below two of these one core is as fast.
const BYTES_PER_THREAD: usize = 5_000_000;

/// Add `weights[k] * rows[k]` to `into`, client by client.
///
/// `threads` is how many threads share the coordinates; `None` leaves the choice to the size of
/// the input and the number of processors. The bits do not depend on it.
///
/// # Errors
///
/// [`KernelError`] if the lengths do not fit together or `threads` is 0.
pub fn weighted_sum<T>(
    rows: &[&[T]],
    weights: &[f64],
    into: &mut [f64],
    threads: Option<usize>,
) -> Result<(), KernelError>
where
    T: Copy + Into<f64> + Sync,
{
    check_length("weights", rows.len(), weights.len())?;
    for row in rows {
        check_length("each of deltas", into.len(), row.len())?;
    }
    let threads = match threads {
        Some(0) => return Err(KernelError::Zero { name: "threads" }),
        Some(number) => number.min(into.len().div_ceil(BLOCK)),
        None => threads_for(rows.len() * size_of_val(into) / size_of::<f64>() * size_of::<T>()),
    };
    let arch = Arch::new();
    let blocks = Mutex::new(into.chunks_mut(BLOCK).enumerate());
    let work = || {
        while let Some((index, block)) = next_block(&blocks) {
            arch.dispatch(|| add_rows(rows, weights, index * BLOCK, block));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // A thread that cannot be had is no error: the others take its blocks.
            drop(thread::Builder::new().spawn_scoped(scope, work));
        }
        work();
    });
    Ok(())
}

/// Return how many threads an input of so many bytes keeps busy on this machine.
fn threads_for(bytes: usize) -> usize {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    (bytes / BYTES_PER_THREAD).clamp(1, processors)
}

/// Take the next block off the queue, and let go of the lock before the work on it begins.
fn next_block<'a>(blocks: &Mutex<Enumerate<ChunksMut<'a, f64>>>) -> Option<(usize, &'a mut [f64])> {
    blocks.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// Add the part of all rows that begins at coordinate `start` to `block`.
///
/// Four rows go by at a time, which loads and stores each sum once for four clients; it is still
/// `((sum + a) + b) + c) + d`, the order of the rows.
#[expect(clippy::inline_always, reason = "only inlined code is compiled for the vectors of `Arch`")]
#[inline(always)]
fn add_rows<T>(rows: &[&[T]], weights: &[f64], start: usize, block: &mut [f64])
where
    T: Copy + Into<f64>,
{
    let span = start..start + block.len();
    let (row_fours, last_rows) = rows.as_chunks::<4>();
    let (weight_fours, last_weights) = weights.as_chunks::<4>();
    for ([a, b, c, d], [u, v, w, x]) in row_fours.iter().zip(weight_fours) {
        let others = part(b, &span).iter().zip(part(c, &span)).zip(part(d, &span));
        for ((sum, &a), ((&b, &c), &d)) in block.iter_mut().zip(part(a, &span)).zip(others) {
            *sum = *sum + u * a.into() + v * b.into() + w * c.into() + x * d.into();
        }
    }
    for (row, weight) in last_rows.iter().zip(last_weights) {
        for (sum, &x) in block.iter_mut().zip(part(row, &span)) {
            *sum += weight * x.into();
        }
    }
}

/// Return the coordinates `span` of a row. The lengths are checked, so there are always some.
fn part<'a, T>(row: &'a [T], span: &Range<usize>) -> &'a [T] {
    row.get(span.clone()).unwrap_or_default()
}
