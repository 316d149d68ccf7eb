//! Finds digits, and the marks that give them meaning, anywhere on a picture.
//!
//! One convolutional network says for every place of a picture what stands there, how large it is and how surely.
//! It knows digits of a range of heights; larger and smaller ones are found on smaller and larger copies of the
//! picture (`pyramid`). Places that say more than their neighbours become finds (`decode`), and of finds that
//! overlap the surest is kept (`overlap`). [`lines`] puts them into reading order.
//!
//! The network's form is a contract between training and reading, told at [`CHANNELS`].

use std::path::Path;
#[cfg(feature = "finder")]
use std::sync::LazyLock;
#[cfg(feature = "threads")]
use std::sync::{Mutex, PoisonError};

use inkdigit_nn::exec::Memory;
use inkdigit_nn::{Graph, Params, Shape, fold};
use inkdigit_onnx as onnx;

use crate::atomic;
use crate::error::{Error, Result};
use crate::model::{self, ModelFile, Place};
use inkdigit_image::{Bounds, GrayImage};
#[cfg(feature = "threads")]
use rayon::prelude::*;

mod attention;
mod calibration;
mod class;
mod cutout;
mod decode;
#[cfg(not(target_arch = "wasm32"))]
mod heat;
mod heights;
mod maps;
mod metadata;
mod order;
mod overlap;
mod pyramid;

use attention::{Attention, SETTLED};
use pyramid::Level;

pub use calibration::Calibration;
pub use class::Class;
pub use cutout::cut_out;
pub use decode::Find;
pub use heights::{Heights, Range};
pub use maps::Maps;
pub use metadata::FinderMetadata;
pub use order::lines;

/// Pixels of a picture that one place of the maps stands for, across and down.
pub const STRIDE: usize = 4;

/// The sides of what the network takes are multiples of this.
pub const SIDE_UNIT: usize = 16;

/// The height and width, in pixels, whose logarithm the network gives as 0.
pub const SIZE_UNIT: f32 = 16.0;

/// Numbers that the network gives for each place: a logit for each [`Class`], which its sigmoid makes a
/// probability; the logarithms of height and width of the box, in units of [`SIZE_UNIT`]; and how far its middle
/// lies below and to the right of the place's middle, in places.
pub const CHANNELS: usize = Class::COUNT + 4;

/// The picture that a finder's file speaks of. It takes any other as well.
const NOMINAL: Shape = Shape::map(1, 256, 256);

/// How finds are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FindOptions {
    /// What is less probable isn't told.
    pub threshold: f32,
    /// The longer side, in pixels, of the largest copy of the picture that is looked at.
    pub longest: usize,
    /// Whether one digit is enough: then larger copies aren't looked at once a digit is sure, and those that are half
    /// as large and more have been seen as well.
    pub one: bool,
}

impl Default for FindOptions {
    fn default() -> Self {
        Self { threshold: 0.4, longest: 1600, one: false }
    }
}

/// The finder that this library ships, loaded when it is first asked for.
#[cfg(feature = "finder")]
static SHIPPED: LazyLock<Finder> = LazyLock::new(|| {
    Finder::from_bytes(include_bytes!("../models/finder.onnx"), "the embedded finder")
        .expect("the embedded finder is read by a test")
});

/// A trained finder: its network, and where it comes from.
#[derive(Clone, Debug)]
pub struct Finder {
    graph: Graph,
    params: Params,
    /// The same without BatchNorm: what answers are computed with.
    folded: (Graph, Params),
    file: Option<Box<ModelFile>>,
    /// Where it comes from, and what it finds.
    pub metadata: FinderMetadata,
}

impl Finder {
    /// A finder of a network that takes pixels from 0 to 255 and gives maps as [`CHANNELS`] tells.
    ///
    /// # Errors
    /// [`Error::FinderInterface`] for a network of other shapes, or one that runs on pictures of one size alone.
    ///
    /// # Panics
    /// If the parameters are of another graph.
    pub fn new(graph: Graph, params: Params, metadata: FinderMetadata) -> Result<Self> {
        // Where a layer depends on the size, this fails.
        let graph = graph.resized(NOMINAL)?;
        let (input, output) = (graph.input_shape(), graph.output_shape());
        if output != maps_of(NOMINAL) {
            return Err(Error::FinderInterface { input, output, channels: CHANNELS });
        }
        let folded = fold::for_inference(&graph, &params);
        Ok(Self { graph, params, folded, file: None, metadata })
    }

    /// The finder that this library ships.
    ///
    /// ```
    /// use inkdigit::finder::FindOptions;
    /// use inkdigit::{Finder, GrayImage, PictureLimits};
    ///
    /// let page = GrayImage::open("../../docs/pictures/synthetic-page.png", PictureLimits::default())?;
    /// let finds = Finder::shipped().find(&page, &FindOptions::default());
    /// println!("{} digits and marks; the surest is {}", finds.len(), finds[0].class.sign());
    /// # Ok::<(), inkdigit::Error>(())
    /// ```
    #[cfg(feature = "finder")]
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// Its network, for a picture of 256x256 pixels.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Its parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The network and parameters that answers are computed with: without BatchNorm.
    pub fn for_inference(&self) -> (&Graph, &Params) {
        (&self.folded.0, &self.folded.1)
    }

    /// What its file said; none for one that comes from no file.
    pub fn file(&self) -> Option<&ModelFile> {
        self.file.as_deref()
    }

    /// Whether an ONNX file says that it is a finder's.
    pub fn is_in(bytes: &[u8]) -> bool {
        onnx::metadata(bytes).is_ok_and(|entries| metadata::are_a_finders(&entries))
    }

    /// Whether there is a finder where [`Finder::open`] would look.
    pub fn is_at(path: impl AsRef<Path>) -> bool {
        match Place::of(path) {
            Ok(Place::File(path)) => std::fs::read(path).is_ok_and(|bytes| Self::is_in(&bytes)),
            Ok(Place::BuiltIn(_)) | Err(_) => false,
        }
    }

    /// A finder from an ONNX file's bytes; `file` is what messages call it.
    ///
    /// # Errors
    /// [`Error::NotAModel`], [`Error::Onnx`], [`Error::FinderInterface`], [`Error::NetworkTooLarge`].
    pub fn from_bytes(bytes: &[u8], file: &str) -> Result<Self> {
        let interface = onnx::Interface { input: NOMINAL, output: maps_of(NOMINAL) };
        let imported = model::import_as(bytes, file, interface, &mut model::no_files)?;
        model::limits::check_size(&imported.graph)?;
        let metadata = FinderMetadata::from_entries(&imported.about.metadata, file)?;
        let told = ModelFile {
            name: file.into(),
            bytes: bytes.len(),
            about: imported.about,
            input_scale: model::InputScale::Bytes,
            scale_source: model::ScaleSource::Metadata,
        };
        Ok(Self { file: Some(Box::new(told)), ..Self::new(imported.graph, imported.params, metadata)? })
    }

    /// Loads a finder from an ONNX file or the folder of a training.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], [`Error::NoModelInFolder`], [`Error::Read`], those of [`Finder::from_bytes`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = match Place::of(path.as_ref())? {
            Place::File(path) => path,
            Place::BuiltIn(name) => {
                let cause = "it tells single digits apart and finds none".into();
                return Err(Error::NotAModel { file: name.into(), cause });
            }
        };
        let bytes = std::fs::read(&path).map_err(|cause| Error::read(&path, cause))?;
        Self::from_bytes(&bytes, &path.display().to_string())
    }

    /// The finder as an ONNX file: input `input` `[batch, 1, height, width]`, pixels from 0 to 255, sides in
    /// multiples of 16; output `logits` `[batch, 23, height / 4, width / 4]`. Numbers that bfloat16 can hold are
    /// stored so. These bytes give a finder that answers with the same bits, and that can be trained further.
    ///
    /// # Errors
    /// [`Error::Export`] for a network from elsewhere that can be computed here and not written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let name = &self.metadata.name;
        let options = onnx::ExportOptions {
            any_size: true,
            compact: true,
            name: if name.is_empty() { "finder".into() } else { name.clone() },
            producer_version: env!("CARGO_PKG_VERSION").into(),
            doc: "finds handwritten digits".into(),
            metadata: self.metadata.to_entries(),
            ..onnx::ExportOptions::default()
        };
        onnx::export(&self.graph, &self.params, &options).map_err(|cause| Error::Export(Box::new(cause)))
    }

    /// Saves the finder as an ONNX file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Write`], [`Error::DiskFull`], and those of [`Finder::to_bytes`].
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = self.to_bytes()?;
        atomic::write_file(path, |out| out.write_all(&bytes))
    }

    /// What stands on a picture, the surest first: its digits and marks of any size.
    pub fn find(&self, picture: &GrayImage, options: &FindOptions) -> Vec<Find> {
        let (mut seen, mut memory) = (Vec::<(usize, Find)>::new(), Vec::new());
        let heights = self.metadata.heights;
        for (copy, level) in pyramid::levels(picture, heights, options.longest).into_iter().enumerate() {
            let attention = Attention::of(&level, &seen);
            let found = self.look(&level, &attention, options.threshold, &mut memory);
            seen.extend(found.into_iter().map(|find| (copy, find)));
            // On the next copy it would be larger than what is known.
            let settled = |(_, find): &(usize, Find)| {
                find.class.digit().is_some()
                    && find.probability >= SETTLED
                    && find.height() * level.scale * pyramid::STEP > heights.most
            };
            if options.one && seen.iter().any(settled) {
                break;
            }
        }
        overlap::surest(seen.into_iter().map(|(_, find)| find).collect(), options.threshold)
    }

    /// The network's maps of a picture as it is. At the right and the bottom it is filled up to whole maps with
    /// the level of its rim.
    pub fn maps(&self, picture: &GrayImage) -> Maps {
        self.maps_in(picture, &mut Memory::default())
    }

    /// What stands on those parts of a copy that are to be looked at; `memory` is left for the next one.
    fn look(
        &self,
        level: &Level,
        attention: &Attention,
        threshold: f32,
        memory: &mut Vec<Memory>,
    ) -> Vec<Find> {
        let at = |part: Bounds, memory: &mut Memory| {
            let maps = self.maps_in(&level.window(part), memory);
            let found = maps.finds(threshold, self.metadata.calibration);
            let found = found.into_iter().filter_map(|find| level.on_picture(find, part));
            let covered = |find: &Find| attention.covers(find.middle().map(|place| place * level.scale));
            found.filter(covered).collect::<Vec<Find>>()
        };
        // Parts that are small keep one processor busy, not all.
        #[cfg(feature = "threads")]
        {
            let shared = Mutex::new(std::mem::take(memory));
            // A panic of another thread leaves the list as it was.
            let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
            let found = attention.parts().par_iter().map(|&part| {
                let mut own = lock().pop().unwrap_or_default();
                let found = at(part, &mut own);
                lock().push(own);
                found
            });
            let found: Vec<Vec<Find>> = found.collect();
            *memory = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
            found.into_iter().flatten().collect()
        }
        #[cfg(not(feature = "threads"))]
        {
            memory.resize_with(1, Memory::default);
            attention.parts().iter().flat_map(|&part| at(part, &mut memory[0])).collect()
        }
    }

    /// The same, in memory that is used again and again.
    fn maps_in(&self, picture: &GrayImage, memory: &mut Memory) -> Maps {
        let (graph, params) = self.for_inference();
        maps::of(graph, params, picture, memory)
    }
}

/// What a finder gives for pictures of this shape.
fn maps_of(picture: Shape) -> Shape {
    match picture {
        Shape::Map { height, width, .. } => Shape::map(CHANNELS, height / STRIDE, width / STRIDE),
        Shape::Features(_) => picture,
    }
}

#[cfg(test)]
pub(crate) mod tests;
