//! What a user of the program can do about an error. Libraries say what is wrong; only the program knows its
//! commands and flags.

use inkdigit::error::{joined, with_causes};
use inkdigit::{Error, PictureError};
#[cfg(feature = "serve")]
use inkdigit_serve::{ModelsError, StartError};
use inkdigit_train::Error as TrainError;

/// An error with its causes, and with what to do where there is something.
pub(crate) fn told(error: &(dyn std::error::Error + 'static)) -> String {
    with_causes(error) + &after(std::iter::successors(Some(error), |error| error.source()))
}

/// As [`told`], for an error with the context that a command gave it.
pub(crate) fn told_with_context(error: &anyhow::Error) -> String {
    joined(error.chain()) + &after(error.chain())
}

/// What follows the message: the first advice that one of the causes has.
fn after<'a>(mut causes: impl Iterator<Item = &'a (dyn std::error::Error + 'static)>) -> String {
    causes.find_map(advice).unwrap_or_default()
}

fn advice(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<TrainError>() {
        return training(error);
    }
    if let Some(error) = error.downcast_ref::<Error>() {
        return reading(error);
    }
    #[cfg(feature = "serve")]
    if let Some(error) = error.downcast_ref::<StartError>() {
        return serving(error);
    }
    error.downcast_ref::<PictureError>().and_then(picture)
}

#[cfg(feature = "serve")]
fn serving(error: &StartError) -> Option<String> {
    Some(match error {
        StartError::Models(ModelsError::Name { .. }) => {
            "; give it another name, as in --model NAME=FILE".into()
        }
        StartError::Models(ModelsError::Twice { .. }) => {
            "; give one of them another name, as in --model NAME=FILE".into()
        }
        StartError::Models(ModelsError::Empty { dir, failure }) => {
            let link = if failure.is_some() { "; " } else { ", as " };
            format!("{link}`inkdigit export --to {}/NAME` writes it", dir.display())
        }
        StartError::Bind { .. } => "; choose another with --bind and --port".into(),
        _ => return None,
    })
}

fn picture(error: &PictureError) -> Option<String> {
    let words = match error {
        PictureError::Read { .. } => "; check the path and that you may read it",
        PictureError::NotAPicture { .. } => {
            " (raw samples such as yuv name neither their size nor their order: convert them to PNG first)"
        }
        PictureError::UnsupportedPicture { .. } => ": save it as PNG or JPEG first",
        PictureError::DamagedPicture { .. } => "; save or copy it once more",
        PictureError::TooManyPixels { .. } => "; scale it down, or raise the limit if you trust it",
        PictureError::TooMuchMemory { .. } => {
            "; save it in a plain form such as 8-bit PNG, or raise the limit if you trust it"
        }
        PictureError::ZeroSizedPicture { .. } => "; save it once more",
        PictureError::PixelCount { .. } => "; check the size",
        _ => return None,
    };
    Some(words.into())
}

fn reading(error: &Error) -> Option<String> {
    Some(match error {
        Error::Picture(error) => return picture(error),
        Error::Read { .. } => "; check the path and that you may read it".into(),
        Error::Write { .. } => "; choose a place that you may write to".into(),
        Error::DiskFull { .. } => ": free some space and try again".into(),
        Error::FolderNotEmpty { .. } => "; choose a new folder, or empty this one first".into(),
        Error::Exists { .. } => "; choose another name, or replace it with `--force`".into(),
        Error::NoModelInFolder { dir, .. } => {
            format!(": continue one with `inkdigit train --resume {}`", dir.display())
        }
        Error::VersionExists { .. } => "; take the next number".into(),
        Error::NotAModel { .. } => "; name a file or folder that `inkdigit train` has written".into(),
        Error::NetworkTooLarge { .. } => "; make it smaller".into(),
        Error::ModelInterface { .. } => "; take a model for digits".into(),
        Error::TestData { .. } => "; name a folder test_data_set_N that belongs to the model".into(),
        Error::OccluderSide { .. } => "; choose another side".into(),
        _ => return None,
    })
}

fn training(error: &TrainError) -> Option<String> {
    Some(match error {
        TrainError::Library(error) => return reading(error),
        TrainError::InConfig { source, .. } | TrainError::InStage { source, .. } => return training(source),
        TrainError::IdxMagic { .. } => "; is it the right file?".into(),
        TrainError::IdxTruncated { .. } | TrainError::IdxOversized { .. } | TrainError::Gzip { .. } => {
            "; fetch or copy it once more".into()
        }
        TrainError::IdxShape { .. } => {
            "; scale them first, or convert a folder of pictures with `inkdigit data convert`".into()
        }
        TrainError::LabelOutOfRange { .. } => "; remove the other classes first".into(),
        TrainError::CsvRowLength { .. } | TrainError::CsvNumber { .. } => {
            "; correct or remove the line".into()
        }
        TrainError::MissingData { .. } => {
            "; fetch MNIST with `inkdigit data download`, or name a folder with `--data DIR` or the variable INKDIGIT_DATA".into()
        }
        TrainError::AmbiguousData { .. } => "; name a folder with a single one".into(),
        TrainError::EmptyData { .. } => "; is it the right file or folder?".into(),
        TrainError::NotEnoughData { .. } => "; ask for fewer".into(),
        TrainError::ChecksumMismatch { .. } => ": delete it and download it again".into(),
        TrainError::Download { .. } => {
            "; check the network, or copy the files into a folder and name it with `--data DIR`".into()
        }
        TrainError::NoCacheFolder => "; name a folder with `--data DIR`".into(),
        TrainError::ConfigSyntax { .. } => "; correct the line".into(),
        TrainError::ConfigValue { .. } => "; change it in the configuration or by its flag".into(),
        TrainError::NetworkOutput { .. } => "; end it with `linear: {features: 10}`".into(),
        TrainError::NotTrainable { .. } => "; take the model it was quantised from".into(),
        TrainError::RunExists { dir } => {
            format!(
                "; continue it with `--resume {}`, replace it with `--overwrite`, or choose another folder with `--out DIR`",
                dir.display()
            )
        }
        TrainError::FinderRun { dir } => {
            format!("; `inkdigit inspect {0}` and {0}/history.csv have them", dir.display())
        }
        TrainError::NoRun { .. } => "; name the folder that `inkdigit train` has written, or a model".into(),
        TrainError::NoCheckpoint { dir, .. } => {
            format!("; start a training there with `--out {}`", dir.display())
        }
        TrainError::NotACheckpoint { .. } => "; name a folder that `inkdigit train` has written".into(),
        TrainError::CheckpointTruncated { .. } => "; copy it once more".into(),
        TrainError::OtherData { .. } => "; name its data with `--data DIR`".into(),
        TrainError::NoTestData => {
            "; name data with a test part, or set test_each_epoch to false".into()
        }
        TrainError::Diverged { checkpoint, .. } => {
            let kept = checkpoint.as_ref();
            let kept = kept.map(|path| format!("; the last good checkpoint is {}", path.display()));
            format!("; lower the learning rate{}", kept.unwrap_or_default())
        }
        TrainError::Threads { .. } => "; ask for fewer".into(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_found_below_contexts_and_wrappers() {
        let inner = TrainError::ConfigSyntax { cause: "a comma too many".into() };
        let outer = TrainError::InConfig { file: "my.yml".into(), line: Some(3), source: Box::new(inner) };
        assert_eq!(told(&outer), "my.yml, line 3: a comma too many; correct the line");
        let with_context = anyhow::Error::from(outer).context("cannot train");
        assert_eq!(
            told_with_context(&with_context),
            "cannot train: my.yml, line 3: a comma too many; correct the line"
        );
        assert_eq!(told_with_context(&anyhow::anyhow!("something else")), "something else");
    }
}
