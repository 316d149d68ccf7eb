//! How the engine splits its work among threads.
//!
//! Work that only writes (each output element is computed by one task, in one order of additions) may be
//! split by the number of threads: the bits don't depend on it. Work that adds up over the batch is split
//! into [`parts`], whose number depends on the batch alone, and the parts are added in order.

#[cfg(feature = "threads")]
use rayon::prelude::*;
use std::ops::Range;

/// Chunks of slices, worked off by all threads.
#[cfg(feature = "threads")]
pub(crate) mod prelude {
    pub(crate) use rayon::prelude::*;
}

/// rayon's names for chunks of slices, worked off in order: for places without threads.
#[cfg(not(feature = "threads"))]
pub(crate) mod prelude {
    use std::slice::{Chunks, ChunksMut};

    pub(crate) trait SequentialSlice<T> {
        fn par_chunks(&self, len: usize) -> Chunks<'_, T>;
        fn par_chunks_mut(&mut self, len: usize) -> ChunksMut<'_, T>;
    }

    impl<T> SequentialSlice<T> for [T] {
        fn par_chunks(&self, len: usize) -> Chunks<'_, T> {
            self.chunks(len)
        }

        fn par_chunks_mut(&mut self, len: usize) -> ChunksMut<'_, T> {
            self.chunks_mut(len)
        }
    }
}

/// How many threads a piece of work may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Threads(usize);

/// Multiply-adds (or as much other work) worth handing to another thread: some ten microseconds.
const TASK: usize = 300_000;

/// Parts of a batch whose sums are kept apart.
const PARTS: usize = 8;

impl Threads {
    /// The calling thread alone.
    pub(crate) const ONE: Self = Self(1);

    /// All threads of the pool this runs in.
    pub(crate) fn all() -> Self {
        #[cfg(feature = "threads")]
        return Self(rayon::current_num_threads());
        #[cfg(not(feature = "threads"))]
        Self::ONE
    }

    /// Whether there are several.
    pub(crate) fn several(self) -> bool {
        self.0 > 1
    }

    /// How many of `rows` rows one task should take, a row costing `work` multiply-adds.
    pub(crate) fn rows_per_task(self, rows: usize, work: usize) -> usize {
        let tasks = (rows * work / TASK).clamp(1, self.0);
        rows.div_ceil(tasks).max(1)
    }

    /// Runs `f` on matching chunks of an output and an input.
    pub(crate) fn for_chunks<F>(self, out: &mut [f32], out_chunk: usize, input: &[f32], in_chunk: usize, f: F)
    where
        F: Fn(&mut [f32], &[f32]) + Sync,
    {
        #[cfg(feature = "threads")]
        if self.0 > 1 && out.len() > out_chunk {
            let chunks = out.par_chunks_mut(out_chunk).zip(input.par_chunks(in_chunk));
            return chunks.for_each(|(out, input)| f(out, input));
        }
        out.chunks_mut(out_chunk).zip(input.chunks(in_chunk)).for_each(|(out, input)| f(out, input));
    }

    /// Runs `f` on the chunks of an output, numbered.
    pub(crate) fn for_chunks_indexed<F>(self, out: &mut [f32], chunk: usize, f: F)
    where
        F: Fn(usize, &mut [f32]) + Sync,
    {
        #[cfg(feature = "threads")]
        if self.0 > 1 && out.len() > chunk {
            return out.par_chunks_mut(chunk).enumerate().for_each(|(i, out)| f(i, out));
        }
        out.chunks_mut(chunk).enumerate().for_each(|(i, out)| f(i, out));
    }

    /// Runs `f` on every item, each by one thread.
    pub(crate) fn for_each<T: Send, F: Fn(T) + Sync + Send>(self, items: Vec<T>, f: F) {
        #[cfg(feature = "threads")]
        if self.0 > 1 && items.len() > 1 {
            return items.into_par_iter().with_max_len(1).for_each(f);
        }
        items.into_iter().for_each(f);
    }
}

/// The fixed parts of a batch: as even as can be, at most eight, none under two images.
pub(crate) fn parts(images: usize) -> Vec<Range<usize>> {
    let count = (images / 2).clamp(1, PARTS);
    (0..count).map(|i| i * images / count..(i + 1) * images / count).collect()
}

/// Cuts a slice of `len` numbers an image into the slices of `parts`.
pub(crate) fn cut<'a, T>(data: &'a [T], parts: &[Range<usize>], len: usize) -> Vec<&'a [T]> {
    parts.iter().map(|part| &data[part.start * len..part.end * len]).collect()
}

/// As [`cut`], to be written.
pub(crate) fn cut_mut<'a, T>(mut data: &'a mut [T], parts: &[Range<usize>], len: usize) -> Vec<&'a mut [T]> {
    let mut pieces = Vec::with_capacity(parts.len());
    for part in parts {
        let (piece, rest) = data.split_at_mut(part.len() * len);
        pieces.push(piece);
        data = rest;
    }
    pieces
}
