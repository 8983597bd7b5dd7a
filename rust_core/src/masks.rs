//! Masks of secure aggregation: keystreams of `ChaCha20`, added to a vector modulo 2^32 or 2^64.
//!
//! Adversary: whoever sees the masked vector without its keys. Protected: the vector, as far as
//! `ChaCha20` is a good cipher and a key masks one vector once. Not protected: a vector whose key
//! is used again, and the copies of a key that Python holds. For teaching and research: not audited.
//!
//! The bits are fixed by the readable twin, `pyfedlite/kernels/_numpy_masks.py`: nonce 0, blocks
//! counted from 0 (RFC 8439), little-endian words. The cipher is that of the crate `chacha20`, which
//! asks the processor at run time for AVX-512, AVX2 or SSE2; threads and lanes divide the
//! coordinates.

use chacha20::cipher::array::Array;
use chacha20::cipher::common::ParBlocks;
use chacha20::cipher::consts::U64;
use chacha20::cipher::typenum::Unsigned;
use chacha20::cipher::{
    Block, BlockSizeUser, KeyIvInit, StreamCipherBackend, StreamCipherClosure, StreamCipherCore,
};
use chacha20::{ChaChaCore, Nonce, R20, variants::Ietf};

use crate::blocks::for_each_block;
use crate::error::{KernelError, check_length};

/// The bytes of a block of `ChaCha20`.
const BLOCK_BYTES: usize = 64;

/// How much of the vector is masked at a time, by one key after another. It stays in the
/// first-level cache meanwhile, beside the few blocks of keystream that are made at once.
const CHUNK_BYTES: usize = 16_384;

/// How much a key can mask: its blocks are counted in 32 bits.
const STREAM_BYTES: u64 = (BLOCK_BYTES as u64) << 32;

/// A number modulo 2^32 or 2^64.
pub trait Ring: Copy + Send {
    /// Return the elements that a part of the keystream is.
    fn elements(stream: &[u8]) -> impl Iterator<Item = Self>;

    /// Return `self` plus `mask`.
    #[must_use]
    fn plus(self, mask: Self) -> Self;

    /// Return `self` minus `mask`.
    #[must_use]
    fn minus(self, mask: Self) -> Self;
}

macro_rules! impl_ring {
    ($word:ty) => {
        impl Ring for $word {
            #[inline]
            fn elements(stream: &[u8]) -> impl Iterator<Item = Self> {
                stream.as_chunks().0.iter().map(|&bytes| <$word>::from_le_bytes(bytes))
            }

            #[inline]
            fn plus(self, mask: Self) -> Self {
                self.wrapping_add(mask)
            }

            #[inline]
            fn minus(self, mask: Self) -> Self {
                self.wrapping_sub(mask)
            }
        }
    };
}
impl_ring!(u32);
impl_ring!(u64);

/// The masks that are added.
#[derive(Debug, Clone, Copy)]
pub struct Masks<'a> {
    /// 32 bytes for each mask.
    pub keys: &'a [u8],
    /// 1 or -1 for each mask.
    pub signs: &'a [i8],
    /// The element of the masks that is added to the first of the vector.
    pub offset: u64,
}

/// Add `signs[k]` times the mask of the k-th key to `accumulator`.
///
/// `threads` threads share the coordinates; each seeks its place in the keystreams.
///
/// # Errors
///
/// [`KernelError`] if there is not one sign, 1 or -1, for every 32 bytes of `keys`, if the masks
/// would run past the last block of `ChaCha20`, or if `threads` is 0 or too many.
pub fn mask_accumulate<T: Ring>(
    accumulator: &mut [T],
    masks: Masks<'_>,
    threads: usize,
) -> Result<(), KernelError> {
    let Masks { keys, signs, offset } = masks;
    check_length("keys", signs.len().saturating_mul(32), keys.len())?;
    if let Some(&got) = signs.iter().find(|sign| !matches!(sign, 1 | -1)) {
        return Err(KernelError::Sign { got });
    }
    let limit = STREAM_BYTES / size_of::<T>() as u64;
    let end = offset.saturating_add(accumulator.len() as u64);
    if end > limit {
        return Err(KernelError::MaskEnd { limit, got: end });
    }
    let (_, skip) = place::<T>(offset);
    // The chunks begin where blocks do; what lies before the first of them goes alone.
    let head_len = if skip == 0 { 0 } else { (per_block::<T>() - skip).min(accumulator.len()) };
    let (head, body) = accumulator.split_at_mut(head_len);
    add_masks(head, masks);
    let chunk_len = CHUNK_BYTES / size_of::<T>();
    for_each_block(body, chunk_len, threads, |index, chunk| {
        let offset = offset + (head_len + index * chunk_len) as u64;
        add_masks(chunk, Masks { offset, ..masks });
    })
}

/// Return how many elements a block of `ChaCha20` gives.
const fn per_block<T>() -> usize {
    BLOCK_BYTES / size_of::<T>()
}

/// Return the block that an element of a mask lies in, and its place there.
#[expect(clippy::cast_possible_truncation, reason = "the end of the masks has been checked")]
fn place<T>(element: u64) -> (u32, usize) {
    let per_block = per_block::<T>() as u64;
    ((element / per_block) as u32, (element % per_block) as usize)
}

/// Add the masks to a chunk that begins with a block, or lies within one.
fn add_masks<T: Ring>(chunk: &mut [T], masks: Masks<'_>) {
    let (block, skip) = place::<T>(masks.offset);
    for (key, &sign) in masks.keys.as_chunks::<32>().0.iter().zip(masks.signs) {
        let mut cipher = ChaChaCore::<R20, Ietf>::new(key.into(), &Nonce::default());
        cipher.set_block_pos(block);
        cipher.process_with_backend(AddMask { chunk: &mut *chunk, skip, negative: sign < 0 });
    }
}

/// Adds keystream to `chunk`, without the first `skip` elements of each block that is made alone.
struct AddMask<'a, T> {
    chunk: &'a mut [T],
    skip: usize,
    negative: bool,
}

impl<T> BlockSizeUser for AddMask<'_, T> {
    type BlockSize = U64;
}

impl<T: Ring> StreamCipherClosure for AddMask<'_, T> {
    /// The cipher inlines this into the code that it has for the processor: blocks are made and
    /// added in the same vector lanes, and never leave the first-level cache.
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the lanes")]
    #[inline(always)]
    fn call<B: StreamCipherBackend<BlockSize = U64>>(self, backend: &mut B) {
        let Self { chunk, skip, negative } = self;
        let mut blocks = ParBlocks::<B>::default();
        let mut pieces = chunk.chunks_exact_mut(per_block::<T>() * B::ParBlocksSize::USIZE);
        for piece in &mut pieces {
            backend.gen_par_ks_blocks(&mut blocks);
            add(piece, T::elements(Array::slice_as_flattened(&blocks)), negative);
        }
        let mut block = Block::<Self>::default();
        for piece in pieces.into_remainder().chunks_mut(per_block::<T>()) {
            backend.gen_ks_block(&mut block);
            add(piece, T::elements(&block).skip(skip), negative);
        }
    }
}

/// Add a mask to some elements, or take it away.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the lanes")]
#[inline(always)]
fn add<T: Ring>(elements: &mut [T], mask: impl Iterator<Item = T>, negative: bool) {
    if negative {
        elements.iter_mut().zip(mask).for_each(|(x, m)| *x = x.minus(m));
    } else {
        elements.iter_mut().zip(mask).for_each(|(x, m)| *x = x.plus(m));
    }
}

#[cfg(test)]
mod tests;
