//! What can be wrong with the arguments of a kernel, each as one sentence.

use std::fmt;

/// An argument that a kernel cannot work with.
///
/// The Python face checks first and says more; these sentences guard the border itself.
#[derive(Debug, PartialEq, Eq)]
pub enum KernelError {
    /// An array is longer or shorter than the others ask for.
    Length {
        /// The argument.
        name: &'static str,
        /// The length it should have.
        expected: usize,
        /// The length it has.
        got: usize,
    },
    /// A mask is asked for more than its key can give.
    MaskEnd {
        /// How many elements a key can mask.
        limit: u64,
        /// The first element that is not asked for.
        got: u64,
    },
    /// An array does not lie in memory as one slice.
    NotContiguous {
        /// The argument.
        name: &'static str,
    },
    /// A sign is neither 1 nor -1.
    Sign {
        /// The sign.
        got: i8,
    },
    /// A stream gives no number that will do, or has come to its end.
    Stream,
    /// A count is larger than any that makes sense.
    TooMany {
        /// The argument.
        name: &'static str,
        /// The largest count.
        most: usize,
        /// The count.
        got: usize,
    },
    /// So many values are cut away at each end that none is left.
    Trim {
        /// The most that can be cut away.
        most: usize,
        /// The number of values.
        len: usize,
        /// How many are cut away at each end.
        got: usize,
    },
    /// A variance is no fraction that the kernel can draw with.
    Variance {
        /// The upper number.
        numerator: u64,
        /// The lower number.
        denominator: u64,
    },
    /// A count is zero.
    Zero {
        /// The argument.
        name: &'static str,
    },
}

impl fmt::Display for KernelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { name, expected, got } => {
                write!(f, "{name} must have length {expected}, got {got}")
            }
            Self::MaskEnd { limit, got } => {
                write!(f, "accumulator must end within {limit} elements of the mask, got {got}")
            }
            Self::NotContiguous { name } => {
                write!(f, "{name} must be contiguous and aligned, got strides or a shifted start")
            }
            Self::Sign { got } => write!(f, "signs must be 1 or -1, got {got}"),
            Self::TooMany { name, most, got } => {
                write!(f, "{name} must be at most {most}, got {got}")
            }
            Self::Trim { most, len, got } => {
                write!(f, "trim must be at most {most} for {len} vectors, got {got}")
            }
            Self::Stream => write!(f, "key must give numbers that will do, got none in 256 draws"),
            Self::Variance { numerator, denominator } => write!(
                f,
                "variance must be a fraction of numbers up to 2^53, got {numerator}/{denominator}"
            ),
            Self::Zero { name } => write!(f, "{name} must be at least 1, got 0"),
        }
    }
}

impl std::error::Error for KernelError {}

/// Return an error if `got` is not the `expected` length of `name`.
///
/// # Errors
///
/// [`KernelError::Length`].
pub fn check_length(name: &'static str, expected: usize, got: usize) -> Result<(), KernelError> {
    if got == expected { Ok(()) } else { Err(KernelError::Length { name, expected, got }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_length_names_the_argument_and_both_lengths() {
        let error = check_length("weights", 3, 2).unwrap_err();
        assert_eq!(error.to_string(), "weights must have length 3, got 2");
    }

    #[test]
    fn the_right_length_is_no_error() {
        assert_eq!(check_length("into", 4, 4), Ok(()));
    }
}
