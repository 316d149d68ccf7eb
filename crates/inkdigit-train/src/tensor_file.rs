//! The file that checkpoints are kept in: safetensors, whose header carries one JSON document of ours. The only
//! file that knows the format.

use std::borrow::Cow;
use std::collections::HashMap;

use inkdigit_nn::{Graph, Params};
use safetensors::{Dtype, SafeTensorError, SafeTensors, View};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::{Error, Result};

/// The entry of the header's `__metadata__` with the document.
const DOCUMENT: &str = "inkdigit";

/// One tensor to be written.
struct Entry<'a> {
    shape: &'a [usize],
    data: &'a [f32],
}

impl View for Entry<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let mut bytes = Vec::with_capacity(self.data_len());
        self.data.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        bytes.into()
    }

    fn data_len(&self) -> usize {
        size_of_val(self.data)
    }
}

/// The bytes of a file with `document` and, for each group, numbers in the layout of `params`, named
/// `group.layer.parameter` (without the group's dot where its name is empty).
pub(crate) fn write(document: &impl Serialize, params: &Params, groups: &[(&str, &[f32])]) -> Vec<u8> {
    let mut entries = Vec::new();
    for (group, data) in groups {
        for info in params.table() {
            let entry = Entry { shape: &info.shape, data: &data[info.range.clone()] };
            entries.push((name(group, &info.name), entry));
        }
    }
    let document = serde_json::to_string(document).expect("the document is plain data");
    let header = HashMap::from([(DOCUMENT.to_string(), document)]);
    safetensors::serialize(entries, Some(header)).expect("each tensor has as many numbers as its shape says")
}

fn name(group: &str, parameter: &str) -> String {
    if group.is_empty() { parameter.into() } else { format!("{group}.{parameter}") }
}

/// A file as read: its document and its tensors.
pub(crate) struct TensorFile<'a, D> {
    pub(crate) document: D,
    file: &'a str,
    tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
}

impl<'a, D: DeserializeOwned> TensorFile<'a, D> {
    /// Reads a checkpoint; `file` is what messages call it.
    ///
    /// # Errors
    /// [`Error::NotACheckpoint`], [`Error::CheckpointTruncated`].
    pub(crate) fn read(bytes: &[u8], file: &'a str) -> Result<Self> {
        let not_one = |cause: String| Error::NotACheckpoint { file: file.into(), cause };
        let truncated = || Error::CheckpointTruncated { file: file.into(), found: bytes.len() };
        if bytes.is_empty() {
            return Err(not_one("it is empty".into()));
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| match error {
            SafeTensorError::MetadataIncompleteBuffer => truncated(),
            // A header that begins as ours do, but isn't all there.
            SafeTensorError::InvalidHeaderLength if bytes.get(8).is_none_or(|&byte| byte == b'{') => {
                truncated()
            }
            _ => not_one("its header isn't a safetensors header".into()),
        })?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|_| truncated())?;
        let document = header.metadata().as_ref().and_then(|entries| entries.get(DOCUMENT));
        let document = document.ok_or_else(|| not_one("its header has no entry `inkdigit`".into()))?;
        let document = serde_json::from_str(document)
            .map_err(|error| not_one(format!("its entry `inkdigit`: {error}")))?;
        let mut numbers = HashMap::new();
        for (name, tensor) in tensors.iter() {
            if tensor.dtype() != Dtype::F32 {
                return Err(not_one(format!("tensor {name} is {:?} instead of F32", tensor.dtype())));
            }
            let (values, _) = tensor.data().as_chunks::<4>();
            let values = values.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
            numbers.insert(name.to_string(), (tensor.shape().to_vec(), values));
        }
        Ok(Self { document, file, tensors: numbers })
    }
}

impl<D> TensorFile<'_, D> {
    /// The parameters of `graph` in this group.
    ///
    /// # Errors
    /// [`Error::CheckpointShapes`].
    pub(crate) fn params(&self, graph: &Graph, group: &str) -> Result<Params> {
        Params::restore(graph, |parameter| {
            let (shape, values) = self.tensors.get(&name(group, parameter))?;
            Some((shape.clone(), &values[..]))
        })
        .map_err(|source| Error::CheckpointShapes { file: self.file.into(), source: Box::new(source) })
    }
}
