//! Exact draws of the discrete Gaussian distribution: integers alone, no rounding anywhere.
//!
//! Adversary: whoever sees a sum that the draws were added to, without the key. Protected: the
//! draws, as far as `ChaCha20` is a good cipher and a key is used once. Not protected: how long a
//! draw takes, which tells a little of its size; and the copies of a key that Python holds. For
//! teaching and research: not audited.
//!
//! The draws are fixed by the readable twin, `pyfedlite/kernels/_discrete_gaussian.py`, and those
//! are algorithms 1 to 3 of Canonne, Kamath and Steinke 2020, <https://arxiv.org/abs/2004.00010>.
//!
//! No number overflows. With N = max(n, m) at most 2^53, t <= sqrt(n/m) + 1, so that t^2 m <= 4 N.
//! A draw y of the Laplace distribution has |y| < 256 t, so that |y| t m < 2^10 N, and the square
//! of |y| t m - n is below 2^126. The denominator 2 n m t^2 is at most 8 N^2 = 2^109, and 2^117
//! when it is multiplied by at most 256.

use chacha20::cipher::{KeyIvInit, StreamCipher};
use chacha20::{ChaCha20, Nonce};

use crate::error::KernelError;

/// The largest numerator and the largest denominator of a variance.
pub const MOST: u64 = 1 << 53;

/// How often something is drawn before the stream counts as broken; see the twin.
const ATTEMPTS: u32 = 256;

/// Words of keystream that are made at once: 4 kB.
const BUFFER: usize = 1024;

/// Write one draw of variance parameter n / m to each place of `into`, from the keystream of `key`.
///
/// # Errors
///
/// [`KernelError`] if the key has not 32 bytes, n or m is out of range, or the stream is broken or
/// at its end.
pub fn discrete_gaussian(
    key: &[u8],
    numerator: u64,
    denominator: u64,
    into: &mut [i64],
) -> Result<(), KernelError> {
    let wrong = KernelError::Length { name: "key", expected: 32, got: key.len() };
    let key: &[u8; 32] = key.try_into().map_err(|_| wrong)?;
    if numerator > MOST || denominator > MOST || denominator == 0 {
        return Err(KernelError::Variance { numerator, denominator });
    }
    if numerator == 0 {
        into.fill(0);
        return Ok(());
    }
    let gaussian = Gaussian::new(numerator, denominator);
    let mut words = Words::new(key);
    for place in into {
        *place = gaussian.draw(&mut words)?;
    }
    Ok(())
}

/// The numbers that every draw of one variance needs.
struct Gaussian {
    /// The scale of the Laplace distribution that draws are chosen from.
    scale: u64,
    /// The scale times m.
    factor: u128,
    /// n.
    numerator: u128,
    /// 2 n m t^2.
    below: u128,
}

impl Gaussian {
    fn new(numerator: u64, denominator: u64) -> Self {
        let scale = (numerator / denominator).isqrt() + 1;
        let (n, m, t) = (u128::from(numerator), u128::from(denominator), u128::from(scale));
        Self { scale, factor: t * m, numerator: n, below: 2 * n * m * t * t }
    }

    fn draw(&self, words: &mut Words) -> Result<i64, KernelError> {
        for _ in 0..ATTEMPTS {
            let y = laplace(words, self.scale)?;
            let distance = (u128::from(y.unsigned_abs()) * self.factor).abs_diff(self.numerator);
            if exponential(words, distance * distance, self.below)? {
                return Ok(y);
            }
        }
        Err(KernelError::Stream)
    }
}

/// Draw from the discrete Laplace distribution: y has a probability in proportion to e^(-|y| / t).
fn laplace(words: &mut Words, scale: u64) -> Result<i64, KernelError> {
    let scale_128 = u128::from(scale);
    for _ in 0..ATTEMPTS {
        let rest = words.below(scale_128)?;
        if !exponential(words, rest, scale_128)? {
            continue;
        }
        let mut magnitude = i64::try_from(rest).map_err(|_| KernelError::Stream)?;
        let step = i64::try_from(scale).map_err(|_| KernelError::Stream)?;
        let whole = geometric(words)?;
        magnitude += step * i64::from(whole);
        let is_negative = words.below(2)? == 1;
        if !is_negative {
            return Ok(magnitude);
        }
        if magnitude != 0 {
            return Ok(-magnitude);
        }
    }
    Err(KernelError::Stream)
}

/// Count how often in a row something of probability 1/e happens.
fn geometric(words: &mut Words) -> Result<u32, KernelError> {
    for count in 0..ATTEMPTS {
        if !exponential(words, 1, 1)? {
            return Ok(count);
        }
    }
    Err(KernelError::Stream)
}

/// Return true with probability e^(-a / b).
fn exponential(words: &mut Words, a: u128, b: u128) -> Result<bool, KernelError> {
    if a < b {
        return below_one(words, a, b);
    }
    let (whole, rest) = (a / b, a % b);
    for _ in 0..whole {
        if !below_one(words, 1, 1)? {
            return Ok(false);
        }
    }
    below_one(words, rest, b)
}

/// Return true with probability e^(-a / b), for a from 0 to b.
fn below_one(words: &mut Words, a: u128, b: u128) -> Result<bool, KernelError> {
    for k in 1..=ATTEMPTS {
        if words.below(b * u128::from(k))? >= a {
            return Ok(k % 2 == 1);
        }
    }
    Err(KernelError::Stream)
}

/// A keystream, read as little-endian words of 32 bits.
struct Words {
    cipher: ChaCha20,
    buffer: [u32; BUFFER],
    next: usize,
}

impl Words {
    fn new(key: &[u8; 32]) -> Self {
        let cipher = ChaCha20::new(key.into(), &Nonce::default());
        Self { cipher, buffer: [0; BUFFER], next: BUFFER }
    }

    #[inline]
    fn word(&mut self) -> Result<u32, KernelError> {
        if self.next == BUFFER {
            self.refill()?;
        }
        let word = self.buffer.get(self.next).copied().ok_or(KernelError::Stream)?;
        self.next += 1;
        Ok(word)
    }

    #[cold]
    fn refill(&mut self) -> Result<(), KernelError> {
        let mut bytes = [0; 4 * BUFFER];
        self.cipher.try_write_keystream(&mut bytes).map_err(|_| KernelError::Stream)?;
        for (word, &four) in self.buffer.iter_mut().zip(bytes.as_chunks().0) {
            *word = u32::from_le_bytes(four);
        }
        self.next = 0;
        Ok(())
    }

    /// Draw a uniform number below `bound`, which is at least 1.
    #[inline]
    fn below(&mut self, bound: u128) -> Result<u128, KernelError> {
        if let Ok(small) = u32::try_from(bound) {
            return self.below_small(small).map(u128::from);
        }
        let bits = u128::BITS - (bound - 1).leading_zeros();
        let mask = u128::MAX >> (u128::BITS - bits);
        for _ in 0..ATTEMPTS {
            let mut number = 0;
            for place in (0..bits).step_by(32) {
                number |= u128::from(self.word()?) << place;
            }
            if number & mask < bound {
                return Ok(number & mask);
            }
        }
        Err(KernelError::Stream)
    }

    /// The same for a bound that one word is enough for; 1 takes none.
    #[inline]
    fn below_small(&mut self, bound: u32) -> Result<u32, KernelError> {
        if bound <= 1 {
            return Ok(0);
        }
        let mask = u32::MAX >> (bound - 1).leading_zeros();
        for _ in 0..ATTEMPTS {
            let number = self.word()? & mask;
            if number < bound {
                return Ok(number);
            }
        }
        Err(KernelError::Stream)
    }
}

#[cfg(test)]
mod tests;
