//! Which form a configuration has.

use serde::Deserialize;

use super::{FinderConfig, TrainConfig, yaml};
use crate::error::{Error, Result};

/// A configuration of either form.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// A network that tells single digits apart is trained.
    Digits(Box<TrainConfig>),
    /// A network that finds digits on pictures is trained.
    Finder(Box<FinderConfig>),
}

/// The key that tells the forms apart; without it, it is that of single digits.
#[derive(Deserialize)]
struct Named {
    task: Option<String>,
}

impl Task {
    /// Reads a configuration of either form; `file` is what messages call it.
    ///
    /// # Errors
    /// As [`parse_yaml`](super::parse_yaml), and [`Error::UnknownName`] for another task.
    pub fn parse(text: &str, file: &str) -> Result<Self> {
        match yaml::parse::<Named>(text, file).ok().and_then(|named| named.task).as_deref() {
            None => Ok(Self::Digits(Box::new(super::parse_yaml(text, file)?))),
            Some("finder") => {
                let config: FinderConfig = yaml::parse(text, file)?;
                config.validate().map_err(|cause| yaml::within(file, None, cause))?;
                Ok(Self::Finder(Box::new(config)))
            }
            Some(other) => Err(yaml::within(file, None, Error::unknown("task", other, &["finder"]))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit::error::with_causes;

    #[test]
    fn the_task_decides_the_form() {
        let digits = Task::parse("epochs: 3", "x.yml").unwrap();
        assert!(matches!(digits, Task::Digits(config) if config.epochs == 3.0));
        let text = "task: finder\npictures: 320\nscenes: {kinds: {lines: 1}, turned: 0}\nema: 0.9";
        let Task::Finder(finder) = Task::parse(text, "x.yml").unwrap() else { panic!("a finder") };
        assert_eq!((finder.pictures, finder.steps(), finder.scenes.turned), (320, 20, 0.0));
        assert_eq!(Task::parse(&finder.to_yaml(), "again").unwrap(), Task::Finder(finder));
    }

    #[test]
    fn mistakes_name_the_key() {
        let cases = [
            ("task: fnider", "x.yml: unknown task `fnider`, expected perhaps `finder`"),
            ("task: finder\nepochs: 3", "x.yml, line 2: unknown key `epochs`"),
            ("task: finder\nlabel_smoothing: 0.1", "x.yml, line 2: unknown key `label_smoothing`"),
            ("pictures: 3", "x.yml, line 1: unknown key `pictures`"),
            ("task: finder\nside: 100", "x.yml: side is 100, expected a multiple of 16"),
            ("task: finder\npictures: 0", "pictures is 0, expected at least 1"),
            (
                "task: finder\nvalidation: 0",
                "validation is 0, expected at least 1, since validation_pictures",
            ),
            ("task: finder\nclip_norm: 0", "clip_norm is 0, expected a number above 0"),
            ("task: finder\nscenes: {turned: 2}", "scenes.turned is 2, expected 0 to 1"),
            ("task: finder\nscenes: {kinds: {print: -1}}", "scenes.kinds is -1 for Print"),
            ("task: finder\nscenes: {heights: {least: 50}}", "scenes.heights.least is 50"),
            ("task: finder\nnetwork: {head: 0}", "channels is 0"),
            ("task: finder\noptimizer: {sgd: {momentum: 1}}", "optimizer.sgd.momentum is 1"),
            ("task: finder\nschedule: cosin", "unknown name `cosin`"),
        ];
        for (text, expected) in cases {
            let error = with_causes(&Task::parse(text, "x.yml").unwrap_err());
            assert!(error.contains(expected), "{text:?}\n  expected {expected}\n  found    {error}");
        }
    }
}
