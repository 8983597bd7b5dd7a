//! The kernel against a `ChaCha20` written out from RFC 8439, and against its test vectors.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// RFC 8439, appendix A.1, test vectors 1 and 2: key 0, nonce 0, the first word of blocks 0 and 1.
const ZERO_KEY_WORDS: [u32; 2] = [0xade0_b876, 0xbee7_079f];

fn quarter_round(state: &mut [u32; 16], [a, b, c, d]: [usize; 4]) {
    for (x, y, z, bits) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
        state[x] = state[x].wrapping_add(state[y]);
        state[z] = (state[z] ^ state[x]).rotate_left(bits);
    }
}

/// Section 2.3 with the nonce 0.
fn block(key: &[u8], counter: u32) -> Vec<u8> {
    let mut start = [0; 16];
    let words = b"expand 32-byte k".iter().chain(key).copied().collect::<Vec<_>>();
    for (word, bytes) in start.iter_mut().zip(words.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    start[12] = counter;
    let mut state = start;
    for _ in 0..10 {
        for i in 0..4 {
            quarter_round(&mut state, [i, 4 + i, 8 + i, 12 + i]);
        }
        for i in 0..4 {
            quarter_round(&mut state, [i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4]);
        }
    }
    state.iter().zip(start).flat_map(|(x, y)| x.wrapping_add(y).to_le_bytes()).collect()
}

/// Element after element, each from a block of its own.
fn reference<T: Ring>(accumulator: &mut [T], masks: Masks<'_>) {
    for (key, sign) in masks.keys.chunks(32).zip(masks.signs) {
        for (index, x) in (masks.offset..).zip(accumulator.iter_mut()) {
            let byte = index * size_of::<T>() as u64;
            let stream = block(key, u32::try_from(byte / 64).unwrap());
            let mask = T::elements(&stream[(byte % 64) as usize..]).next().unwrap();
            *x = if *sign > 0 { x.plus(mask) } else { x.minus(mask) };
        }
    }
}

fn keys_and_signs() -> impl Strategy<Value = (Vec<u8>, Vec<i8>)> {
    (0..4_usize).prop_flat_map(|num_keys| {
        let sign = prop_oneof![Just(1_i8), Just(-1)];
        (vec(any::<u8>(), 32 * num_keys), vec(sign, num_keys))
    })
}

fn accumulate(accumulator: &mut [u32], offset: u64, threads: usize) -> Result<(), KernelError> {
    mask_accumulate(accumulator, Masks { keys: &[0; 32], signs: &[1], offset }, threads)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn masks_are_those_of_the_definition_at_any_place_on_any_number_of_threads(
        (keys, signs) in keys_and_signs(),
        words in vec(any::<u32>(), 0..600),
        offset in prop_oneof![0..100_u64, 0..(1_u64 << 36) - 600],
        threads in 1..4_usize,
    ) {
        let masks = Masks { keys: &keys, signs: &signs, offset };
        let (mut masked, mut expected) = (words.clone(), words);
        mask_accumulate(&mut masked, masks, threads).unwrap();
        reference(&mut expected, masks);
        prop_assert_eq!(masked, expected);
    }

    #[test]
    fn the_larger_ring_has_the_same_keystream(
        (keys, signs) in keys_and_signs(),
        words in vec(any::<u64>(), 0..300),
        offset in prop_oneof![0..100_u64, 0..(1_u64 << 35) - 300],
    ) {
        let masks = Masks { keys: &keys, signs: &signs, offset };
        let (mut masked, mut expected) = (words.clone(), words);
        mask_accumulate(&mut masked, masks, 1).unwrap();
        reference(&mut expected, masks);
        prop_assert_eq!(masked, expected);
    }
}

#[test]
fn chunks_and_threads_meet_without_a_seam() {
    // Two chunks and a part of a third, not beginning with a block.
    let len = 2 * CHUNK_BYTES / 4 + 100;
    let mut whole = vec![0; len + 7];
    reference(&mut whole, Masks { keys: &[0; 32], signs: &[1], offset: 0 });
    for threads in 1..5 {
        let mut part = vec![0; len];
        accumulate(&mut part, 7, threads).unwrap();
        assert_eq!(part, whole[7..]);
    }
}

#[test]
fn the_first_words_are_those_of_the_rfc() {
    let mut mask = [0; 17];
    accumulate(&mut mask, 0, 1).unwrap();
    assert_eq!([mask[0], mask[16]], ZERO_KEY_WORDS);
}

#[test]
fn the_last_word_of_a_key_is_reached_and_not_passed() {
    let mut word = [0];
    accumulate(&mut word, (1 << 36) - 1, 1).unwrap();
    assert_eq!(word[0].to_le_bytes(), block(&[0; 32], u32::MAX)[60..]);
    let error = accumulate(&mut word, 1 << 36, 1).unwrap_err();
    assert_eq!(error, KernelError::MaskEnd { limit: 1 << 36, got: (1 << 36) + 1 });
    let error = accumulate(&mut word, u64::MAX, 1).unwrap_err();
    assert_eq!(error, KernelError::MaskEnd { limit: 1 << 36, got: u64::MAX });
}

#[test]
fn keys_signs_and_threads_that_do_not_fit_are_refused() {
    let refuse = |keys: &[u8], signs: &[i8], threads| {
        let masks = Masks { keys, signs, offset: 0 };
        mask_accumulate(&mut [0_u32; 2], masks, threads).unwrap_err().to_string()
    };
    assert_eq!(refuse(&[0; 31], &[1], 1), "keys must have length 32, got 31");
    assert_eq!(refuse(&[0; 64], &[1], 1), "keys must have length 32, got 64");
    assert_eq!(refuse(&[0; 32], &[i8::MIN], 1), "signs must be 1 or -1, got -128");
    assert_eq!(refuse(&[0; 32], &[1], 0), "threads must be at least 1, got 0");
}
