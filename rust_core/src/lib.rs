//! `pyfedlite._rust`: the loops of pyfedlite that deserve Rust.
//!
//! This is the only file that knows of Python. Each function here converts, lets go of the
//! interpreter lock, calls a pure function on slices, and wraps what comes back. Arguments were
//! checked by `pyfedlite.kernels`; what is checked again here is what memory safety leans on.

pub mod average;
pub mod blocks;
pub mod discrete_gaussian;
pub mod distances;
pub mod error;
pub mod masks;
pub mod trimmed;

use numpy::{
    Element, PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray1, PyReadwriteArray2,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::KernelError;

impl From<KernelError> for PyErr {
    fn from(error: KernelError) -> Self {
        PyValueError::new_err(error.to_string())
    }
}

/// Updates of a cohort: stacked, or a sequence of vectors that are never copied together.
#[derive(FromPyObject)]
enum Deltas<'py> {
    Matrix32(PyReadonlyArray2<'py, f32>),
    Matrix64(PyReadonlyArray2<'py, f64>),
    Rows32(Vec<PyReadonlyArray1<'py, f32>>),
    Rows64(Vec<PyReadonlyArray1<'py, f64>>),
}

/// Return the rows of a stacked array as slices.
fn rows_of_matrix<'a, T: Element>(
    matrix: &'a PyReadonlyArray2<'_, T>,
) -> Result<Vec<&'a [T]>, KernelError> {
    let all = matrix.as_slice().map_err(|_| KernelError::NotContiguous { name: "deltas" })?;
    let [num_rows, num_params] = matrix.shape() else { return Ok(Vec::new()) };
    if *num_params == 0 {
        return Ok(vec![&[]; *num_rows]);
    }
    Ok(all.chunks_exact(*num_params).collect())
}

/// Return the vectors of a sequence as slices.
fn rows_of_vectors<'a, T: Element>(
    vectors: &'a [PyReadonlyArray1<'_, T>],
) -> Result<Vec<&'a [T]>, KernelError> {
    let slices = vectors.iter().map(PyReadonlyArray1::as_slice);
    slices.collect::<Result<_, _>>().map_err(|_| KernelError::NotContiguous { name: "deltas" })
}

/// Borrow, then let go of the interpreter lock for the sum itself.
fn detached_weighted_sum<T>(
    py: Python<'_>,
    rows: &[&[T]],
    weights: &PyReadonlyArray1<'_, f64>,
    into: &mut PyReadwriteArray1<'_, f64>,
    threads: usize,
) -> Result<(), KernelError>
where
    T: Copy + Into<f64> + Sync,
{
    let weights = weights.as_slice().map_err(|_| KernelError::NotContiguous { name: "weights" })?;
    let into = into.as_slice_mut().map_err(|_| KernelError::NotContiguous { name: "into" })?;
    py.detach(|| average::weighted_sum(rows, weights, into, threads))
}

/// Borrow, then let go of the interpreter lock for the mean itself.
fn detached_trimmed_mean<T: trimmed::Ordered>(
    py: Python<'_>,
    rows: &[&[T]],
    trim: usize,
    into: &mut PyReadwriteArray1<'_, f64>,
    threads: usize,
) -> Result<(), KernelError> {
    let into = into.as_slice_mut().map_err(|_| KernelError::NotContiguous { name: "into" })?;
    py.detach(|| trimmed::trimmed_mean(rows, trim, into, threads))
}

/// Borrow, then let go of the interpreter lock for the distances of all pairs.
fn detached_squared_distances<T: Copy + Into<f64> + Sync>(
    py: Python<'_>,
    rows: &[&[T]],
    into: &mut PyReadwriteArray2<'_, f64>,
    threads: usize,
) -> Result<(), KernelError> {
    let into = into.as_slice_mut().map_err(|_| KernelError::NotContiguous { name: "into" })?;
    py.detach(|| distances::squared_distances(rows, into, threads))
}

/// Borrow, then let go of the interpreter lock for the distances from one centre.
fn detached_squared_lengths<T: Copy + Into<f64> + Sync>(
    py: Python<'_>,
    rows: &[&[T]],
    centre: Option<&PyReadonlyArray1<'_, f64>>,
    into: &mut PyReadwriteArray1<'_, f64>,
    threads: usize,
) -> Result<(), KernelError> {
    let centre = centre.map(PyReadonlyArray1::as_slice).transpose();
    let centre = centre.map_err(|_| KernelError::NotContiguous { name: "centre" })?;
    let into = into.as_slice_mut().map_err(|_| KernelError::NotContiguous { name: "into" })?;
    py.detach(|| distances::squared_lengths(rows, centre, into, threads))
}

/// A vector of ring elements that masks are added to.
#[derive(FromPyObject)]
enum Accumulator<'py> {
    Ring32(PyReadwriteArray1<'py, u32>),
    Ring64(PyReadwriteArray1<'py, u64>),
}

/// Borrow, then let go of the interpreter lock for the masks themselves.
fn detached_mask_accumulate<T: masks::Ring + Element>(
    py: Python<'_>,
    accumulator: &mut PyReadwriteArray1<'_, T>,
    masks: masks::Masks<'_>,
    threads: usize,
) -> Result<(), KernelError> {
    let name = "accumulator";
    let words = accumulator.as_slice_mut().map_err(|_| KernelError::NotContiguous { name })?;
    py.detach(|| masks::mask_accumulate(words, masks, threads))
}

/// What Python sees.
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
#[pymodule(name = "_rust")]
mod extension {
    use std::thread;

    use super::discrete_gaussian::discrete_gaussian as draw_discrete_gaussian;
    use super::masks::Masks;
    use super::{
        Accumulator, Deltas, KernelError, PyReadonlyArray1, PyReadwriteArray1, PyReadwriteArray2,
        Python, detached_mask_accumulate, detached_squared_distances, detached_squared_lengths,
        detached_trimmed_mean, detached_weighted_sum, pyfunction, rows_of_matrix, rows_of_vectors,
    };

    /// A digest of the Rust sources that this binary was built from; see `build.rs`.
    #[pymodule_export]
    const SOURCE_DIGEST: &str = env!("SOURCE_DIGEST");

    /// Return how many threads this process may run at once.
    #[pyfunction]
    fn available_parallelism() -> usize {
        thread::available_parallelism().map_or(1, usize::from)
    }

    /// Write draws of the discrete Gaussian with variance parameter n / m to `into`.
    #[pyfunction]
    fn discrete_gaussian(
        py: Python<'_>,
        key: &[u8],
        numerator: u64,
        denominator: u64,
        mut into: PyReadwriteArray1<'_, i64>,
    ) -> Result<(), KernelError> {
        let into = into.as_slice_mut().map_err(|_| KernelError::NotContiguous { name: "into" })?;
        py.detach(|| draw_discrete_gaussian(key, numerator, denominator, into))
    }

    /// Add `signs[k]` times the mask of the k-th 32 bytes of `keys` to `accumulator`.
    #[pyfunction]
    fn mask_accumulate(
        py: Python<'_>,
        mut accumulator: Accumulator<'_>,
        keys: &[u8],
        signs: Vec<i8>,
        offset: u64,
        threads: usize,
    ) -> Result<(), KernelError> {
        let masks = Masks { keys, signs: &signs, offset };
        match &mut accumulator {
            Accumulator::Ring32(a) => detached_mask_accumulate(py, a, masks, threads),
            Accumulator::Ring64(a) => detached_mask_accumulate(py, a, masks, threads),
        }
    }

    /// Write the squared distance of each vector from each later one to the square `into`.
    #[pyfunction]
    fn squared_distances(
        py: Python<'_>,
        vectors: Deltas<'_>,
        mut into: PyReadwriteArray2<'_, f64>,
        threads: usize,
    ) -> Result<(), KernelError> {
        let into = &mut into;
        match &vectors {
            Deltas::Matrix32(a) => {
                detached_squared_distances(py, &rows_of_matrix(a)?, into, threads)
            }
            Deltas::Matrix64(a) => {
                detached_squared_distances(py, &rows_of_matrix(a)?, into, threads)
            }
            Deltas::Rows32(a) => {
                detached_squared_distances(py, &rows_of_vectors(a)?, into, threads)
            }
            Deltas::Rows64(a) => {
                detached_squared_distances(py, &rows_of_vectors(a)?, into, threads)
            }
        }
    }

    /// Write the squared distance of each vector from `centre`, or from 0, to `into`.
    #[pyfunction]
    fn squared_lengths(
        py: Python<'_>,
        vectors: Deltas<'_>,
        centre: Option<PyReadonlyArray1<'_, f64>>,
        mut into: PyReadwriteArray1<'_, f64>,
        threads: usize,
    ) -> Result<(), KernelError> {
        let (centre, into) = (centre.as_ref(), &mut into);
        match &vectors {
            Deltas::Matrix32(a) => {
                detached_squared_lengths(py, &rows_of_matrix(a)?, centre, into, threads)
            }
            Deltas::Matrix64(a) => {
                detached_squared_lengths(py, &rows_of_matrix(a)?, centre, into, threads)
            }
            Deltas::Rows32(a) => {
                detached_squared_lengths(py, &rows_of_vectors(a)?, centre, into, threads)
            }
            Deltas::Rows64(a) => {
                detached_squared_lengths(py, &rows_of_vectors(a)?, centre, into, threads)
            }
        }
    }

    /// Write each coordinate's mean over `deltas` without `trim` at either end to `into`.
    #[pyfunction]
    fn trimmed_mean(
        py: Python<'_>,
        deltas: Deltas<'_>,
        trim: usize,
        mut into: PyReadwriteArray1<'_, f64>,
        threads: usize,
    ) -> Result<(), KernelError> {
        let into = &mut into;
        match &deltas {
            Deltas::Matrix32(a) => {
                detached_trimmed_mean(py, &rows_of_matrix(a)?, trim, into, threads)
            }
            Deltas::Matrix64(a) => {
                detached_trimmed_mean(py, &rows_of_matrix(a)?, trim, into, threads)
            }
            Deltas::Rows32(a) => {
                detached_trimmed_mean(py, &rows_of_vectors(a)?, trim, into, threads)
            }
            Deltas::Rows64(a) => {
                detached_trimmed_mean(py, &rows_of_vectors(a)?, trim, into, threads)
            }
        }
    }

    /// Add `weights[k] * deltas[k]` to `into`, client by client.
    #[pyfunction]
    fn weighted_sum(
        py: Python<'_>,
        deltas: Deltas<'_>,
        weights: PyReadonlyArray1<'_, f64>,
        mut into: PyReadwriteArray1<'_, f64>,
        threads: usize,
    ) -> Result<(), KernelError> {
        let (weights, into) = (&weights, &mut into);
        match &deltas {
            Deltas::Matrix32(a) => {
                detached_weighted_sum(py, &rows_of_matrix(a)?, weights, into, threads)
            }
            Deltas::Matrix64(a) => {
                detached_weighted_sum(py, &rows_of_matrix(a)?, weights, into, threads)
            }
            Deltas::Rows32(a) => {
                detached_weighted_sum(py, &rows_of_vectors(a)?, weights, into, threads)
            }
            Deltas::Rows64(a) => {
                detached_weighted_sum(py, &rows_of_vectors(a)?, weights, into, threads)
            }
        }
    }
}
