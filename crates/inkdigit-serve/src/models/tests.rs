//! Which model answers where none is named, and what versions are called.

use super::*;

fn named(name: &str, place: &str) -> ModelSource {
    ModelSource::Named { name: name.into(), place: place.into() }
}

fn folder_with(models: &[(&str, u64)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, version) in models {
        let folder = dir.path().join(name).join(version.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        Model::default().save(&folder.join(MODEL_FILE)).unwrap();
    }
    dir
}

#[test]
fn the_default_is_the_first_named_or_the_one_called_so_or_the_first() {
    let dir = folder_with(&[("b", 1), ("default", 4), ("z", 2)]);
    let default = |sources: Vec<ModelSource>| {
        let models = Models::open(sources, &Config::default()).unwrap();
        let found = models.current().find(None, None).unwrap().clone();
        (found.name.clone(), found.version)
    };
    assert_eq!(default(Vec::new()), ("default".into(), 1));
    assert_eq!(default(vec![ModelSource::Folder(dir.path().into())]), ("default".into(), 4));
    let file = dir.path().join("z/2/model.onnx").display().to_string();
    let both = vec![ModelSource::Folder(dir.path().into()), named("mine", &file)];
    assert_eq!(default(both), ("mine".into(), 2), "a file in a version's folder has its number");
    std::fs::remove_dir_all(dir.path().join("default")).unwrap();
    assert_eq!(default(vec![ModelSource::Folder(dir.path().into())]), ("b".into(), 1));
}

#[test]
fn of_a_folder_of_versions_the_newest_is_named() {
    let dir = folder_with(&[("b", 1), ("b", 9)]);
    let models =
        Models::open(vec![named("b", &dir.path().join("b").display().to_string())], &Config::default());
    let models = models.unwrap();
    assert_eq!(models.current().find(Some("b"), None).unwrap().version, 9);
    let folder = dir.path().join("b/10");
    std::fs::create_dir(&folder).unwrap();
    Model::default().save(&folder.join(MODEL_FILE)).unwrap();
    assert_eq!(models.refresh().loaded, [("b".to_string(), 10)]);
    assert_eq!(models.current().find(Some("b"), None).unwrap().version, 10);
}

#[test]
fn who_holds_a_model_keeps_it() {
    let dir = folder_with(&[("b", 1)]);
    let models = Models::open(vec![ModelSource::Folder(dir.path().into())], &Config::default()).unwrap();
    let held = models.current().find(None, None).unwrap().clone();
    Model::default().save(&dir.path().join("b/1").join(MODEL_FILE)).unwrap();
    assert_eq!(models.refresh().loaded.len(), 1);
    let new = models.current().find(None, None).unwrap().clone();
    assert_ne!(held.id, new.id);
    assert_eq!(held.recognizer.model().params().data(), new.recognizer.model().params().data());
}

#[test]
fn a_disk_that_is_away_takes_no_model_along() {
    let dir = folder_with(&[("b", 1)]);
    let models = Models::open(vec![ModelSource::Folder(dir.path().join("."))], &Config::default()).unwrap();
    let away = dir.path().with_extension("away");
    std::fs::rename(dir.path(), &away).unwrap();
    for _ in 0..3 {
        assert_eq!(models.refresh(), Changes::default());
    }
    std::fs::rename(&away, dir.path()).unwrap();
    assert!(models.current().find(Some("b"), Some("1")).is_ok());
}

#[test]
fn names_fit_into_paths() {
    for name in ["a", "mnist-8", "A_1.2"] {
        assert!(is_name(name), "{name}");
    }
    for name in ["", ".", "..", "a:b", "a/b", "a b", "ä"] {
        assert!(!is_name(name), "{name}");
    }
}
