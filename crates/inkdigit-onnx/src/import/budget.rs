//! How much may be computed while a file is read.

use crate::error::Problem;

/// How many numbers may be worked out from constants: what is written short (`Expand` by a million) must not
/// ask for all memory.
pub(super) struct Budget {
    numbers: usize,
}

impl Budget {
    /// For a file of so many bytes.
    pub(super) fn for_file(bytes: usize) -> Self {
        Self { numbers: 16 * bytes + (1 << 20) }
    }

    /// Allows as many more.
    pub(super) fn grow(&mut self, numbers: usize) {
        self.numbers += numbers;
    }

    /// Takes so many.
    pub(super) fn take(&mut self, numbers: usize) -> Result<(), Problem> {
        let what = || format!("working out {numbers} numbers from constants, far more than the file holds,");
        self.numbers = self
            .numbers
            .checked_sub(numbers)
            .ok_or_else(|| Problem::Unsupported { what: what(), remedy: "" })?;
        Ok(())
    }

    /// Takes as many as an array of these dimensions has.
    pub(super) fn take_all(&mut self, dims: &[usize]) -> Result<usize, Problem> {
        let len = dims.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim));
        let len = len.unwrap_or(usize::MAX);
        self.take(len).map(|()| len)
    }
}
