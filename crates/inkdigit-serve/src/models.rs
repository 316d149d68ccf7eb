//! The models that are served, by name and version, and how they are exchanged while the server runs.
//!
//! A [`Catalogue`] never changes: a reload makes a new one and puts it in the place of the old one. Whoever
//! works with a model holds it, so a request that began with one model ends with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use inkdigit::error::with_causes;
use inkdigit::model::{self, MODEL_FILE, Place};
use inkdigit::recognizer::Classifier;
use inkdigit::{DigitImage, IMAGE_PIXELS, Model, Recognizer};

use crate::config::Config;
use crate::fingerprint::Fingerprint;
use crate::problem::Problem;

/// Where models come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// One model under this name: whatever [`Model::open`] takes. Of a folder of versions it is the newest.
    Named {
        /// What it is served as.
        name: String,
        /// What [`Model::open`] is given.
        place: String,
    },
    /// A folder with a folder for each model, in it one for each version: `DIR/name/version/model.onnx`.
    Folder(PathBuf),
}

/// Why a server can't start with its models.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelsError {
    /// A model that was named can't be read.
    #[error("model {name:?}")]
    Open {
        /// What it is served as.
        name: String,
        /// What is wrong with it.
        source: Box<inkdigit::Error>,
    },
    /// A name that paths of the protocols can't hold.
    #[error("a model can't be served as {name:?}: expected letters, digits, `-`, `_` and `.`")]
    Name {
        /// The name.
        name: String,
    },
    /// Two models of one name.
    #[error("two models are called {name:?}")]
    Twice {
        /// The name.
        name: String,
    },
    /// A folder without any model that can be read.
    #[error("{} holds no model that can be read; expected DIR/NAME/VERSION/model.onnx{}", .dir.display(), said(.failure))]
    Empty {
        /// The folder.
        dir: PathBuf,
        /// The first one that is there and what is wrong with it, if there is one.
        failure: Option<String>,
    },
}

fn said(failure: &Option<String>) -> String {
    failure.as_ref().map_or_else(String::new, |failure| format!("; {failure}"))
}

/// One version of a model, ready to read digits.
#[derive(Debug)]
pub struct Loaded {
    /// What it is served as.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// What reads with it.
    pub recognizer: Arc<Recognizer>,
    /// How long one digit takes.
    pub(crate) cost: Duration,
    /// No other has it: two of the same name and version, before and after a reload, differ in it.
    pub(crate) id: u64,
}

/// A version of a model as it stands in the catalogue.
#[derive(Clone, Debug)]
pub struct Version {
    /// What answers; none if it never could be read.
    pub loaded: Option<Arc<Loaded>>,
    /// Why its file, as it is now, can't be read. What was read before goes on answering.
    pub failure: Option<String>,
    fingerprint: Option<Fingerprint>,
    /// Whether its file wasn't there when last looked for. One that is exchanged may be away for a moment.
    missing: bool,
}

/// All that is served at one moment.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    models: BTreeMap<String, BTreeMap<u64, Version>>,
    /// The model that answers where none is named.
    default: String,
}

impl Catalogue {
    /// The model of this name in this version; without a name the default one, without a version the newest.
    ///
    /// # Errors
    /// [`Problem::UnknownModel`], [`Problem::UnknownVersion`], [`Problem::BrokenModel`].
    pub fn find(&self, name: Option<&str>, version: Option<&str>) -> Result<&Arc<Loaded>, Problem> {
        let name = name.unwrap_or(&self.default);
        let versions = self.versions(name)?;
        let Some(version) = version else {
            let newest = versions.values().rev().find_map(|version| version.loaded.as_ref());
            return newest.ok_or_else(|| broken(name, versions.values().next_back()));
        };
        let entry = self.version(name, version)?.1;
        entry.loaded.as_ref().ok_or_else(|| broken(name, Some(entry)))
    }

    /// The versions of a model, oldest first.
    ///
    /// # Errors
    /// [`Problem::UnknownModel`].
    pub fn versions(&self, name: &str) -> Result<&BTreeMap<u64, Version>, Problem> {
        let unknown = || Problem::UnknownModel { found: name.into(), known: listed(self.models.keys()) };
        self.models.get(name).ok_or_else(unknown)
    }

    /// One version of a model, with its number.
    ///
    /// # Errors
    /// [`Problem::UnknownModel`], [`Problem::UnknownVersion`].
    pub fn version(&self, name: &str, version: &str) -> Result<(u64, &Version), Problem> {
        let versions = self.versions(name)?;
        let number: Option<u64> = version.parse().ok();
        number.and_then(|number| Some((number, versions.get(&number)?))).ok_or_else(|| {
            let known = listed(versions.keys());
            Problem::UnknownVersion { model: name.into(), found: version.into(), known }
        })
    }

    /// Every version of every model.
    pub fn all(&self) -> impl Iterator<Item = (&str, u64, &Version)> {
        self.models.iter().flat_map(|(name, versions)| {
            versions.iter().map(move |(&number, version)| (name.as_str(), number, version))
        })
    }

    /// Whether something can answer.
    pub fn is_ready(&self) -> bool {
        self.all().any(|(_, _, version)| version.loaded.is_some())
    }
}

fn broken(name: &str, version: Option<&Version>) -> Problem {
    let cause = version.and_then(|version| version.failure.clone()).unwrap_or_default();
    Problem::BrokenModel { model: name.into(), cause }
}

fn listed<T: ToString>(names: impl Iterator<Item = T>) -> String {
    let names: Vec<String> = names.map(|name| name.to_string()).collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

/// What a look at the files changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What was read for the first time or once more.
    pub loaded: Vec<(String, u64)>,
    /// What couldn't be read, and why.
    pub failed: Vec<(String, u64, String)>,
    /// What is gone.
    pub removed: Vec<(String, u64)>,
}

/// The models of a server: what answers now, and where the next ones come from.
#[derive(Debug)]
pub struct Models {
    sources: Vec<ModelSource>,
    config: Config,
    catalogue: RwLock<Arc<Catalogue>>,
    /// Held while files are looked at, so that two looks don't undo each other's work.
    looking: Mutex<()>,
    ids: AtomicU64,
}

impl Models {
    /// Reads the models of these sources. Without any it is the one built into the library, as `default`.
    ///
    /// # Errors
    /// Those of [`ModelsError`]: a model that was named must be sound; of those in folders, one.
    pub fn open(mut sources: Vec<ModelSource>, config: &Config) -> Result<Self, ModelsError> {
        if sources.is_empty() {
            sources.push(ModelSource::Named { name: "default".into(), place: "default".into() });
        }
        let models = Self {
            sources,
            config: config.clone(),
            catalogue: RwLock::default(),
            looking: Mutex::default(),
            ids: AtomicU64::new(0),
        };
        models.check_names()?;
        let changes = models.refresh();
        let current = models.current();
        for source in &models.sources {
            match source {
                ModelSource::Named { name, place } if current.find(Some(name), None).is_err() => {
                    let opened = Model::open_with(place, config.scale).map(drop);
                    let source = Box::new(opened.expect_err("it couldn't be read a moment ago"));
                    return Err(ModelsError::Open { name: name.clone(), source });
                }
                ModelSource::Folder(dir) if !current.is_ready() => {
                    let failure = changes.failed.first();
                    let failure = failure.map(|(name, _, cause)| format!("{name}: {cause}"));
                    return Err(ModelsError::Empty { dir: dir.clone(), failure });
                }
                _ => {}
            }
        }
        Ok(models)
    }

    fn check_names(&self) -> Result<(), ModelsError> {
        let names = |source: &ModelSource| match source {
            ModelSource::Named { name, .. } => vec![name.clone()],
            ModelSource::Folder(dir) => folders(dir).unwrap_or_default(),
        };
        let mut names: Vec<String> = self.sources.iter().flat_map(names).collect();
        if let Some(name) = names.iter().find(|name| !is_name(name)) {
            return Err(ModelsError::Name { name: name.clone() });
        }
        names.sort();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(ModelsError::Twice { name: pair[0].clone() }),
            None => Ok(()),
        }
    }

    /// What is served now.
    pub fn current(&self) -> Arc<Catalogue> {
        self.catalogue.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks at the files and reads what is new. Requests under way keep the models they have.
    pub fn refresh(&self) -> Changes {
        let _one_at_a_time = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.current();
        let (mut models, mut changes) =
            (BTreeMap::<String, BTreeMap<u64, Version>>::new(), Changes::default());
        for candidate in self.sources.iter().flat_map(|source| candidates(source, &before)) {
            let Candidate { name, version, place, fingerprint } = candidate;
            let known = before.models.get(&name).and_then(|versions| versions.get(&version));
            let entry = match known {
                Some(known) if known.fingerprint == fingerprint => {
                    Version { missing: false, ..known.clone() }
                }
                known => self.read(&name, version, &place, fingerprint, known, &mut changes),
            };
            // What was named comes before what lies in a folder.
            models.entry(name).or_default().entry(version).or_insert(entry);
        }
        for (name, version, entry) in before.all() {
            if models.get(name).is_some_and(|versions| versions.contains_key(&version)) {
                continue;
            }
            if entry.missing || entry.loaded.is_none() {
                changes.removed.push((name.into(), version));
            } else {
                let entry = Version { missing: true, ..entry.clone() };
                models.entry(name.into()).or_default().insert(version, entry);
            }
        }
        let default = self.default_of(&models);
        *self.catalogue.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Catalogue { models, default });
        changes
    }

    fn read(
        &self,
        name: &str,
        version: u64,
        place: &Path,
        fingerprint: Option<Fingerprint>,
        known: Option<&Version>,
        changes: &mut Changes,
    ) -> Version {
        let (loaded, failure) = match Model::open_with(place, self.config.scale) {
            Ok(model) => {
                changes.loaded.push((name.into(), version));
                let recognizer = Recognizer::new(model).rejecting_below(self.config.reject_below);
                let id = self.ids.fetch_add(1, Ordering::Relaxed);
                let recognizer = Arc::new(recognizer);
                let cost = cost(recognizer.clone());
                (Some(Arc::new(Loaded { name: name.into(), version, recognizer, cost, id })), None)
            }
            Err(error) => {
                changes.failed.push((name.into(), version, with_causes(&error)));
                (known.and_then(|known| known.loaded.clone()), Some(with_causes(&error)))
            }
        };
        Version { loaded, failure, fingerprint, missing: false }
    }

    /// The first that was named; else the one called `default`, else the first by name.
    fn default_of(&self, models: &BTreeMap<String, BTreeMap<u64, Version>>) -> String {
        let named = self.sources.iter().find_map(|source| match source {
            ModelSource::Named { name, .. } => Some(name.clone()),
            ModelSource::Folder(_) => None,
        });
        let called = || models.contains_key("default").then(|| "default".to_string());
        named.or_else(called).or_else(|| models.keys().next().cloned()).unwrap_or_default()
    }
}

/// How long one digit takes: the best of a few, since everything that disturbs one makes it slower.
fn cost(recognizer: Arc<Recognizer>) -> Duration {
    let blank = DigitImage::new([0; IMAGE_PIXELS]);
    let mut classifier = Classifier::new(recognizer);
    let time = |_| {
        let start = Instant::now();
        std::hint::black_box(classifier.classify(&[blank]));
        start.elapsed()
    };
    (0..5).map(time).min().unwrap_or_default()
}

/// A version that could be served.
struct Candidate {
    name: String,
    version: u64,
    place: PathBuf,
    fingerprint: Option<Fingerprint>,
}

/// What a source holds now.
fn candidates(source: &ModelSource, before: &Catalogue) -> Vec<Candidate> {
    let candidate = |name: &str, version, place: PathBuf| {
        let fingerprint = Fingerprint::of(&place);
        Candidate { name: name.into(), version, place, fingerprint }
    };
    match source {
        ModelSource::Named { name, place } => {
            let file = match Place::of(place) {
                Ok(Place::File(file)) => file,
                _ => place.into(),
            };
            vec![candidate(name, version_of(&file).unwrap_or(1), file)]
        }
        ModelSource::Folder(dir) => {
            let Ok(names) = folders(dir) else {
                // A disk that is away for a while takes no model along.
                let kept = before.all().filter(|(_, _, entry)| entry.loaded.is_some());
                return kept
                    .map(|(name, version, entry)| Candidate {
                        name: name.into(),
                        version,
                        place: model::version_file(&dir.join(name), version),
                        fingerprint: entry.fingerprint,
                    })
                    .collect();
            };
            let versions = |name: &String| {
                let dir = dir.join(name);
                let file = |version| candidate(name, version, model::version_file(&dir, version));
                model::versions(&dir).into_iter().map(file).collect::<Vec<_>>()
            };
            names.iter().filter(|name| is_name(name)).flat_map(versions).collect()
        }
    }
}

/// The number of the version that a file belongs to, as in `DIR/3/model.onnx`.
fn version_of(file: &Path) -> Option<u64> {
    let in_version = file.file_name()? == MODEL_FILE;
    in_version.then(|| file.parent()?.file_name()?.to_str()?.parse().ok()).flatten()
}

/// The names of the folders in a folder, in order.
fn folders(dir: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if let (true, Ok(name)) = (entry.path().is_dir(), entry.file_name().into_string()) {
            names.push(name);
        }
    }
    // Hidden folders belong to others: to version control, to file systems.
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    Ok(names)
}

/// Whether a name can stand in a path of each protocol. TensorFlow Serving puts `:predict` behind it.
fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && name.len() <= 128 && name.bytes().all(fits) && name.bytes().any(|byte| byte != b'.')
}

#[cfg(test)]
mod tests;
