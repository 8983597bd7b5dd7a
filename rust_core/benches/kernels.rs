//! The kernels alone, without Python: `cargo bench`.
//!
//! Beside each stands what it cannot be faster than on one thread: a weighted sum and lengths
//! read their rows, and a mask is a keystream. A median sorts, and distances of all pairs compare
//! each row with all others: they have no such limit.

use std::iter::successors;

use chacha20::cipher::{KeyIvInit, StreamCipher};
use chacha20::{ChaCha20, Key, Nonce};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use pyfedlite_core::average::weighted_sum;
use pyfedlite_core::distances::{squared_distances, squared_lengths};
use pyfedlite_core::masks::{Masks, mask_accumulate};
use pyfedlite_core::trimmed::trimmed_mean;

/// Updates of a hundred clients with the 2NN of `McMahan` et al. 2017.
const COHORT: usize = 100;
const NUM_PARAMS: usize = 199_210;

/// Words of one mask.
const WORDS: usize = 1_000_000;

fn main() {
    divan::main();
}

fn matrix() -> Vec<f32> {
    vec![0.5; COHORT * NUM_PARAMS]
}

/// Values in no order: the high half of a linear congruential generator is good enough to sort.
fn shuffled_matrix() -> Vec<f32> {
    let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let states = successors(Some(0_u32), next).take(COHORT * NUM_PARAMS);
    states.map(|state| f32::from((state >> 16) as u16)).collect()
}

#[divan::bench]
fn read_matrix(bencher: Bencher) {
    let matrix = matrix();
    bencher.counter(BytesCount::of_slice(&matrix)).bench_local(|| {
        black_box(&matrix).iter().fold(0_u32, |sum, x| sum.wrapping_add(x.to_bits()))
    });
}

#[divan::bench(args = [1, 2])]
fn weighted_sum_of_matrix(bencher: Bencher, threads: usize) {
    let matrix = matrix();
    let rows: Vec<&[f32]> = matrix.chunks_exact(NUM_PARAMS).collect();
    let (weights, mut into) = (vec![0.01; COHORT], vec![0.0; NUM_PARAMS]);
    bencher.counter(BytesCount::of_slice(&matrix)).bench_local(|| {
        assert_eq!(weighted_sum(black_box(&rows), &weights, &mut into, threads), Ok(()));
    });
}

#[divan::bench(args = [1, 2])]
fn median_of_matrix(bencher: Bencher, threads: usize) {
    let matrix = shuffled_matrix();
    let rows: Vec<&[f32]> = matrix.chunks_exact(NUM_PARAMS).collect();
    let (trim, mut into) = ((COHORT - 1) / 2, vec![0.0; NUM_PARAMS]);
    bencher.counter(BytesCount::of_slice(&matrix)).bench_local(|| {
        assert_eq!(trimmed_mean(black_box(&rows), trim, &mut into, threads), Ok(()));
    });
}

#[divan::bench(args = [1, 2])]
fn lengths_of_matrix(bencher: Bencher, threads: usize) {
    let matrix = shuffled_matrix();
    let rows: Vec<&[f32]> = matrix.chunks_exact(NUM_PARAMS).collect();
    let (centre, mut into) = (vec![0.5; NUM_PARAMS], vec![0.0; COHORT]);
    bencher.counter(BytesCount::of_slice(&matrix)).bench_local(|| {
        assert_eq!(squared_lengths(black_box(&rows), Some(&centre), &mut into, threads), Ok(()));
    });
}

#[divan::bench(args = [1, 2], sample_count = 10)]
fn distances_of_matrix(bencher: Bencher, threads: usize) {
    let matrix = shuffled_matrix();
    let rows: Vec<&[f32]> = matrix.chunks_exact(NUM_PARAMS).collect();
    let mut into = vec![0.0; COHORT * COHORT];
    bencher.counter(BytesCount::of_slice(&matrix)).bench_local(|| {
        assert_eq!(squared_distances(black_box(&rows), &mut into, threads), Ok(()));
    });
}

#[divan::bench]
fn keystream(bencher: Bencher) {
    let mut stream = vec![0_u8; 4 * WORDS];
    bencher.counter(BytesCount::of_slice(&stream)).bench_local(|| {
        ChaCha20::new(&Key::default(), &Nonce::default()).apply_keystream(black_box(&mut stream));
    });
}

#[divan::bench(args = [1, 2])]
fn mask(bencher: Bencher, threads: usize) {
    let mut words = vec![0_u32; WORDS];
    let masks = Masks { keys: &[7; 32], signs: &[1], offset: 0 };
    bencher.counter(BytesCount::of_slice(&words)).bench_local(|| {
        assert_eq!(mask_accumulate(black_box(&mut words), masks, threads), Ok(()));
    });
}
