//! What holds for every key and variance; the bits are held to the twin from Python.

use proptest::prelude::*;

use super::*;

/// RFC 8439, appendix A.1, test vector 1: key 0, nonce 0, the first four words of block 0.
const ZERO_KEY_WORDS: [u32; 4] = [0xade0_b876, 0x903d_f1a0, 0xe56a_5d40, 0x28bd_8653];

fn draws(key: [u8; 32], numerator: u64, denominator: u64) -> Vec<i64> {
    let mut into = vec![7; 50];
    discrete_gaussian(&key, numerator, denominator, &mut into).unwrap();
    into
}

fn limits() -> impl Strategy<Value = u64> {
    prop_oneof![1..=20_u64, 1..=MOST, MOST - 5..=MOST]
}

proptest! {
    #[test]
    fn no_number_overflows_and_no_draw_is_farther_than_its_loops_allow(
        key: [u8; 32],
        numerator in limits(),
        denominator in limits(),
    ) {
        let scale = (numerator / denominator).isqrt() + 1;
        for draw in draws(key, numerator, denominator) {
            prop_assert!(draw.unsigned_abs() < scale * u64::from(ATTEMPTS));
        }
    }

    #[test]
    fn a_number_below_a_bound_is_the_low_bits_of_the_first_words_that_will_do(
        key: [u8; 32],
        bound in prop_oneof![1..=u128::MAX, 1..=u128::from(u32::MAX), 1..=40_u128],
    ) {
        let mut words = Words::new(&key);
        let drawn = words.below(bound).unwrap();
        let mut again = Words::new(&key);
        let bits = u128::BITS - (bound - 1).leading_zeros();
        let expected = loop {
            let mut number = 0_u128;
            for place in 0..bits.div_ceil(32) {
                number += u128::from(again.word().unwrap()) << (32 * place);
            }
            let low = if bits == 128 { number } else { number % (1 << bits) };
            if low < bound {
                break low;
            }
        };
        prop_assert_eq!(drawn, expected);
        prop_assert_eq!(words.word().unwrap(), again.word().unwrap());
    }
}

#[test]
fn the_words_are_those_of_the_standard() {
    let mut words = Words::new(&[0; 32]);
    assert_eq!(ZERO_KEY_WORDS.map(|_| words.word().unwrap()), ZERO_KEY_WORDS);
}

#[test]
fn words_go_on_where_the_buffer_ends() {
    let mut words = Words::new(&[1; 32]);
    let many: Vec<u32> = (0..=BUFFER).map(|_| words.word().unwrap()).collect();
    let mut bytes = vec![0; 4 * many.len()];
    ChaCha20::new(&[1; 32].into(), &Nonce::default()).write_keystream(&mut bytes);
    let expected = bytes.as_chunks().0.iter().map(|&four| u32::from_le_bytes(four));
    assert!(expected.eq(many));
}

#[test]
fn without_variance_every_draw_is_zero() {
    assert_eq!(draws([3; 32], 0, 5), vec![0; 50]);
}

#[test]
fn what_is_out_of_range_is_refused() {
    let refused = |n, m| discrete_gaussian(&[0; 32], n, m, &mut [0]).unwrap_err().to_string();
    let sentence = "variance must be a fraction of numbers up to 2^53, got 1/0";
    assert_eq!(refused(1, 0), sentence);
    assert!(refused(MOST + 1, 1).ends_with("9007199254740993/1"));
    assert!(refused(1, MOST + 1).ends_with("1/9007199254740993"));
    let error = discrete_gaussian(&[0; 31], 1, 1, &mut [0]).unwrap_err();
    assert_eq!(error.to_string(), "key must have length 32, got 31");
}
