//! TensorBoard's event files, as bytes that grow: what a training does, for people who look at it there.
//!
//! An event file is a list of records, each a protobuf message between checksums. TensorBoard shows
//! the files of a folder as one run, and folders beside each other as runs to compare: [`TrainingLog`] therefore
//! gives three, whose curves lie over each other.

use inkdigit_nn::Graph;
use prost::Message;

mod graph;
mod histogram;
mod pictures;
mod proto;
mod record;
mod training;

pub use pictures::{GRAY, filters, sheet};
pub use training::{Series, TrainingLog};

use histogram::histogram;
use proto::{Event, SessionLog, Summary, SummaryValue, What};

/// The first record of every file tells its format.
const FILE_VERSION: &str = "brain.Event:2";

/// When something was, by the clock and by the training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Seconds since 1970.
    pub wall_time: f64,
    /// Updates made.
    pub step: usize,
}

/// An event file as it grows. What was taken ([`EventFile::take`]) is to be appended to what was taken before.
#[derive(Clone, Debug, Default)]
pub struct EventFile {
    bytes: Vec<u8>,
}

impl EventFile {
    /// A file that begins at this time, in seconds since 1970.
    pub fn new(wall_time: f64) -> Self {
        let mut file = Self::default();
        file.push(Moment { wall_time, step: 0 }, What::FileVersion(FILE_VERSION.into()));
        file
    }

    /// Says that a training goes on from here: what other files of the folder have from this step on is of an
    /// interrupted one, and TensorBoard leaves it out.
    pub fn restart(&mut self, at: Moment) {
        self.push(at, What::SessionLog(SessionLog { status: SessionLog::START }));
    }

    /// Adds numbers, each with its name: a point of each of these curves.
    pub fn scalars(&mut self, at: Moment, values: &[(&str, f32)]) {
        let value = |&(tag, value): &(&str, f32)| SummaryValue::scalar(tag, value);
        self.summary(at, values.iter().map(value).collect());
    }

    /// Adds a picture.
    pub fn image(&mut self, at: Moment, tag: &str, picture: &Picture) {
        self.summary(at, vec![SummaryValue::image(tag, picture)]);
    }

    /// Adds how numbers are spread, for each name.
    pub fn histograms<'a>(&mut self, at: Moment, values: impl Iterator<Item = (String, &'a [f32])>) {
        let values = values.filter_map(|(tag, values)| Some((tag, histogram(values)?)));
        self.summary(at, values.map(|(tag, histogram)| SummaryValue::histogram(&tag, histogram)).collect());
    }

    /// Adds the network.
    pub fn graph(&mut self, wall_time: f64, graph: &Graph) {
        let definition = graph::definition(graph).encode_to_vec();
        self.push(Moment { wall_time, step: 0 }, What::GraphDef(definition));
    }

    /// The bytes since the last time, to be appended to the file.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    fn summary(&mut self, at: Moment, value: Vec<SummaryValue>) {
        self.push(at, What::Summary(Summary { value }));
    }

    fn push(&mut self, at: Moment, what: What) {
        let event = Event { wall_time: at.wall_time, step: at.step as i64, what: Some(what) };
        record::append(&mut self.bytes, &event.encode_to_vec());
    }
}

/// A PNG file and its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 1 for gray, 3 for colours.
    pub channels: usize,
    /// The file's bytes.
    pub png: Vec<u8>,
}

#[cfg(test)]
mod tests;
