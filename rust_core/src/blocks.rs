//! One vector, cut into blocks that threads take from a queue.

use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::KernelError;

/// The most threads that may be asked for; `pyfedlite/kernels/_arguments.py` has the same number.
pub const MOST_THREADS: usize = 1024;

/// Hand every block of `block_len` values (at least 1) to `work`, with the index of the block.
///
/// `threads` threads, but no more than there are blocks, take the blocks one by one, in their order;
/// the last block may be shorter.
///
/// # Errors
///
/// [`KernelError`] if `threads` is 0, or above [`MOST_THREADS`].
pub fn for_each_block<T: Send>(
    values: &mut [T],
    block_len: usize,
    threads: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) -> Result<(), KernelError> {
    if threads == 0 {
        return Err(KernelError::Zero { name: "threads" });
    }
    if threads > MOST_THREADS {
        return Err(KernelError::TooMany { name: "threads", most: MOST_THREADS, got: threads });
    }
    let blocks = values.chunks_mut(block_len.max(1));
    let threads = threads.min(blocks.len());
    let queue = Mutex::new(blocks.enumerate());
    // The lock is let go of before the work on the block begins.
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let take_turns = || {
        while let Some((index, block)) = next() {
            work(index, block);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // A thread that cannot be had is no error: the others take its blocks.
            drop(thread::Builder::new().spawn_scoped(scope, take_turns));
        }
        take_turns();
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_value_is_in_one_block_whose_index_tells_its_place(
            len in 0..300_usize,
            block_len in 0..50_usize,
            threads in 1..5_usize,
        ) {
            let mut places = vec![0; len];
            for_each_block(&mut places, block_len, threads, |index, block| {
                for (inside, place) in block.iter_mut().enumerate() {
                    *place += index * block_len.max(1) + inside;
                }
            })
            .unwrap();
            prop_assert_eq!(places, (0..len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_threads_are_refused() {
        let error = for_each_block(&mut [0_u8], 1, 0, |_, _| ()).unwrap_err();
        assert_eq!(error, KernelError::Zero { name: "threads" });
    }

    #[test]
    fn too_many_threads_are_refused() {
        assert_eq!(for_each_block(&mut [0_u8], 1, MOST_THREADS, |_, _| ()), Ok(()));
        let error = for_each_block(&mut [0_u8], 1, MOST_THREADS + 1, |_, _| ()).unwrap_err();
        assert_eq!(error.to_string(), "threads must be at most 1024, got 1025");
    }
}
