//! Loading and storing vectors at any address, whole or cut to the end of a row.

use pulp::{MemMask, Simd};

/// The mask of a row's last vector.
#[derive(Clone, Copy)]
pub(crate) struct Tail<S: Simd> {
    simd: S,
    mask: S::m32s,
    /// Whether the mask lets everything through, where asking is worth it: four lanes mean that there are no
    /// masked instructions, and each number is a jump.
    whole: bool,
}

impl<S: Simd> Tail<S> {
    /// The last of `vectors` vectors over `columns` numbers.
    #[inline(always)]
    pub(crate) fn new(simd: S, columns: usize, vectors: usize) -> Self {
        let left = columns - (vectors - 1) * S::F32_LANES;
        let whole = S::F32_LANES <= 4 && left == S::F32_LANES;
        Self { simd, mask: simd.mask_between_m32s(0, left as u32).mask(), whole }
    }

    /// pulp's own mask would load through a function pointer, a call in every loop; one made of its bits
    /// becomes a masked instruction.
    #[inline(always)]
    fn mask(self) -> MemMask<S::m32s> {
        MemMask::new(self.mask)
    }

    /// The vector at `at`; of the last one of a row what belongs to the row, and zeros.
    ///
    /// # Safety
    /// The row's numbers must be readable.
    #[inline(always)]
    pub(crate) unsafe fn load(self, at: *const f32, last: bool) -> S::f32s {
        // SAFETY: promised by the caller; what lies behind the row's end is masked off.
        unsafe {
            if last && !self.whole {
                self.simd.mask_load_ptr_f32s(self.mask(), at)
            } else {
                at.cast::<S::f32s>().read_unaligned()
            }
        }
    }

    /// Writes the vector at `at`; of the last one of a row what belongs to the row.
    ///
    /// # Safety
    /// The row's numbers must be writable.
    #[inline(always)]
    pub(crate) unsafe fn store(self, at: *mut f32, last: bool, value: S::f32s) {
        // SAFETY: promised by the caller; what lies behind the row's end is masked off.
        unsafe {
            if last && !self.whole {
                self.simd.mask_store_ptr_f32s(self.mask(), at, value);
            } else {
                at.cast::<S::f32s>().write_unaligned(value);
            }
        }
    }

    /// [`Tail::store`] for integers.
    ///
    /// # Safety
    /// The row's numbers must be writable.
    #[inline(always)]
    pub(crate) unsafe fn store_u32(self, at: *mut u32, last: bool, value: S::u32s) {
        // SAFETY: promised by the caller; what lies behind the row's end is masked off.
        unsafe {
            if last && !self.whole {
                self.simd.mask_store_ptr_u32s(self.mask(), at, value);
            } else {
                at.cast::<S::u32s>().write_unaligned(value);
            }
        }
    }
}
