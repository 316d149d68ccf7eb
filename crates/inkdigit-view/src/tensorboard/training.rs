//! A training as TensorBoard shows it: curves of training and validation over each other, the network, pictures,
//! and how weights and gradients are spread.

use inkdigit::{IMAGE_PIXELS, IMAGE_SIDE, Model};
use inkdigit_nn::{Graph, Params};
use inkdigit_train::Dataset;
use inkdigit_train::evaluate::Reading;
use inkdigit_train::train::{BatchReport, EpochRecord, Event, Numbers, Run};

use super::{EventFile, GRAY, Moment, filters, sheet};

/// So many images of a batch, and so many mistakes, are shown.
const IMAGES: usize = 25;

/// Curves that are to lie over each other are of different runs with the same names: one folder for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// What is measured while the network learns, and the network itself.
    Train,
    /// What is measured on the validation images.
    Validation,
    /// What is measured on the test images.
    Test,
}

impl Series {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// Its folder's name, which TensorBoard shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// The event files of a training, as they grow.
#[derive(Clone, Debug, Default)]
pub struct TrainingLog {
    files: [Option<EventFile>; 3],
    /// The network, once the training has begun.
    graph: Option<Graph>,
    /// The update that a continued training goes on with.
    restarted: Option<usize>,
    /// Updates made.
    step: usize,
}

impl TrainingLog {
    /// Takes in what happened in a training, and when: in seconds since 1970.
    ///
    /// Loss, accuracy, learning rate and throughput are kept of each batch; pictures and histograms of the first
    /// update and of each epoch's last one.
    pub fn record(&mut self, event: &Event<'_>, wall_time: f64) {
        match event {
            Event::Start(start) => {
                self.restarted = (start.step > 0).then_some(start.step + 1);
                self.step = start.step;
                self.file(Series::Train, wall_time).graph(wall_time, start.graph);
                self.graph = Some(start.graph.clone());
            }
            Event::Batch(report) => self.batch(report, wall_time),
            Event::Numbers(numbers) if numbers.step == 1 || numbers.batch == numbers.batches => {
                self.numbers(numbers, wall_time);
            }
            Event::Epoch(record) => self.evaluations(record, Moment { wall_time, step: self.step }),
            _ => {}
        }
    }

    /// What there is of a run that has ended: its curves by epoch, its network, weights and filters; with
    /// `images`, gradients and inputs on the first of them. Epochs are told to have ended one after the other
    /// before `wall_time`.
    pub fn of_run(run: &Run, images: Option<&Dataset>, wall_time: f64) -> Self {
        let mut log = Self::default();
        let mut at = Moment { wall_time: wall_time - run.train_seconds(), step: 0 };
        let steps = run.steps().unwrap_or_else(|| run.history.iter().map(|record| record.epoch).collect());
        if let Some(model) = &run.model {
            log.file(Series::Train, at.wall_time).graph(at.wall_time, model.graph());
        }
        for (record, step) in run.history.iter().zip(steps) {
            at = Moment { wall_time: at.wall_time + record.train_seconds, step };
            log.file(Series::Train, at.wall_time).scalars(
                at,
                &[
                    ("loss", record.train_loss as f32),
                    ("accuracy", record.train_accuracy as f32),
                    ("learning_rate", record.learning_rate),
                    ("images_per_second", record.images_per_second as f32),
                ],
            );
            log.evaluations(record, at);
        }
        log.step = at.step;
        if let Some(model) = &run.model {
            log.model(model, images.filter(|images| !images.is_empty()), wall_time);
        }
        log
    }

    /// Adds the images that a model reads wrong, the first ones of these readings.
    pub fn mistakes(&mut self, of: Series, data: &Dataset, mistakes: &[Reading], wall_time: f64) {
        if mistakes.is_empty() {
            return;
        }
        let pictures = mistakes.iter().take(IMAGES).map(|reading| data.image(reading.index).to_vec());
        let picture = sheet(IMAGE_SIDE, IMAGE_SIDE, GRAY, &pictures.collect::<Vec<_>>());
        let at = Moment { wall_time, step: self.step };
        self.file(of, wall_time).image(at, "mistakes", &picture);
    }

    /// What was added to each file since the last time.
    pub fn take(&mut self) -> impl Iterator<Item = (Series, Vec<u8>)> + '_ {
        let files = Series::ALL.into_iter().zip(&mut self.files);
        let added = files.filter_map(|(series, file)| Some((series, file.as_mut()?.take())));
        added.filter(|(_, bytes)| !bytes.is_empty())
    }

    fn file(&mut self, series: Series, wall_time: f64) -> &mut EventFile {
        let restarted = self.restarted;
        self.files[series as usize].get_or_insert_with(|| {
            let mut file = EventFile::new(wall_time);
            if let Some(step) = restarted {
                file.restart(Moment { wall_time, step });
            }
            file
        })
    }

    fn batch(&mut self, report: &BatchReport, wall_time: f64) {
        self.step = report.step;
        let at = Moment { wall_time, step: report.step };
        self.file(Series::Train, wall_time).scalars(
            at,
            &[
                ("loss", report.loss),
                ("accuracy", report.accuracy),
                ("learning_rate", report.learning_rate),
                ("images_per_second", report.images_per_second),
            ],
        );
    }

    fn numbers(&mut self, numbers: &Numbers<'_>, wall_time: f64) {
        let at = Moment { wall_time, step: numbers.step };
        let level = |&pixel: &f32| pixel.round().clamp(0.0, 255.0) as u8;
        let images = numbers.images.chunks_exact(IMAGE_PIXELS).take(IMAGES);
        let inputs: Vec<Vec<u8>> = images.map(|image| image.iter().map(level).collect()).collect();
        let filters = self.graph.as_ref().and_then(|graph| filters(graph, numbers.params));
        let file = self.file(Series::Train, wall_time);
        histograms(file, at, "weights", numbers.params, numbers.params.data());
        histograms(file, at, "gradients", numbers.params, numbers.gradients);
        file.image(at, "inputs", &sheet(IMAGE_SIDE, IMAGE_SIDE, GRAY, &inputs));
        if let Some(filters) = &filters {
            file.image(at, "filters", filters);
        }
    }

    fn evaluations(&mut self, record: &EpochRecord, at: Moment) {
        let values = |loss: Option<f64>, accuracy: Option<f64>| {
            let named = [("loss", loss), ("accuracy", accuracy)];
            named.into_iter().filter_map(|(tag, value)| Some((tag, value? as f32))).collect::<Vec<_>>()
        };
        let series = [
            (Series::Validation, values(record.validation_loss, record.validation_accuracy)),
            (Series::Test, values(None, record.test_accuracy)),
        ];
        for (series, values) in series.iter().filter(|(_, values)| !values.is_empty()) {
            self.file(*series, at.wall_time).scalars(at, values);
        }
    }

    fn model(&mut self, model: &Model, images: Option<&Dataset>, wall_time: f64) {
        let at = Moment { wall_time, step: self.step };
        let file = self.file(Series::Train, wall_time);
        histograms(file, at, "weights", model.params(), model.params().data());
        if let Some(filters) = filters(model.graph(), model.params()) {
            file.image(at, "filters", &filters);
        }
        if let Some(images) = images {
            let gradients = inkdigit_train::evaluate::loss_gradients(model, images);
            histograms(file, at, "gradients", model.params(), &gradients);
            let inputs = images.images().chunks_exact(IMAGE_PIXELS).take(IMAGES).map(<[u8]>::to_vec);
            file.image(at, "inputs", &sheet(IMAGE_SIDE, IMAGE_SIDE, GRAY, &inputs.collect::<Vec<_>>()));
        }
    }
}

/// A histogram for each parameter that is learned, of the numbers that lie where it does.
fn histograms(file: &mut EventFile, at: Moment, group: &str, params: &Params, numbers: &[f32]) {
    let learned = params.table().iter().filter(|info| info.trainable);
    let named = learned.map(|info| {
        let name = info.name.replace('.', "/");
        (format!("{group}/{name}"), &numbers[info.range.clone()])
    });
    file.histograms(at, named);
}
