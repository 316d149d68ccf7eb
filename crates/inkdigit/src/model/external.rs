//! Numbers that a model keeps in files beside it. A model comes from anywhere, so the places it names are
//! looked up in its own folder alone, and no more is read than is there.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use inkdigit_onnx::ExternalData;

/// Reads what a model in `folder` asks for, or says why it can't be had.
///
/// # Errors
/// For a place outside the folder, a missing file, and one that ends before the numbers do.
pub(super) fn read(folder: &Path, data: &ExternalData) -> Result<Vec<u8>, String> {
    let path = inside(folder, &data.location)?;
    let unreadable =
        |cause: std::io::Error| format!("{cause}; it belongs beside the model, in {}", folder.display());
    // Looked at before it is opened: a pipe would have us wait for ever.
    let about = std::fs::metadata(&path).map_err(unreadable)?;
    if !about.is_file() {
        return Err("it is no ordinary file; copy the file itself beside the model".into());
    }
    let end = data.offset.checked_add(data.length as u64);
    if end.is_none_or(|end| end > about.len()) {
        return Err(format!(
            "it is {} bytes long, expected {} from byte {} on; copy it once more",
            about.len(),
            data.length,
            data.offset
        ));
    }
    let mut file = File::open(path).map_err(unreadable)?;
    file.seek(SeekFrom::Start(data.offset)).map_err(unreadable)?;
    let mut bytes = vec![0; data.length];
    file.read_exact(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// The file of this name in the folder or below it, links followed.
fn inside(folder: &Path, location: &str) -> Result<PathBuf, String> {
    let name = Path::new(location);
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if location.is_empty() || !name.components().all(plain) {
        return Err("expected the name of a file in the model's folder, without a root or `..`; \
                    export the model again with its data beside it"
            .into());
    }
    let missing =
        |cause: std::io::Error| format!("{cause}; it belongs beside the model, in {}", folder.display());
    let folder = folder.canonicalize().map_err(missing)?;
    let path = folder.join(name).canonicalize().map_err(missing)?;
    if path.starts_with(&folder) {
        Ok(path)
    } else {
        Err("it is a link that leaves the model's folder; copy the file itself there".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(location: &str, offset: u64, length: usize) -> ExternalData {
        ExternalData { location: location.into(), offset, length }
    }

    #[test]
    fn the_asked_part_of_a_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::write(folder.path().join("sub/weights.bin"), [1, 2, 3, 4]).unwrap();
        assert_eq!(read(folder.path(), &data("sub/weights.bin", 1, 2)).unwrap(), [2, 3]);
        assert!(read(folder.path(), &data("./sub/weights.bin", 4, 0)).unwrap().is_empty());
        let short = read(folder.path(), &data("sub/weights.bin", 2, 3)).unwrap_err();
        assert!(short.contains("4 bytes long, expected 3 from byte 2"), "{short}");
        assert!(read(folder.path(), &data("sub/weights.bin", u64::MAX, 3)).is_err(), "no overflow");
        assert!(read(folder.path(), &data("sub", 0, 0)).unwrap_err().contains("no ordinary file"));
        let missing = read(folder.path(), &data("none", 0, 0)).unwrap_err();
        assert!(missing.contains("beside the model"), "{missing}");
    }

    #[test]
    fn no_place_leaves_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (model, secret) = (folder.path().join("model"), folder.path().join("secret"));
        std::fs::create_dir(&model).unwrap();
        std::fs::write(&secret, "secret").unwrap();
        for location in ["../secret", "x/../../secret", secret.to_str().unwrap(), "", ".."] {
            let refused = read(&model, &data(location, 0, 1)).unwrap_err();
            assert!(refused.contains("without a root"), "{location}: {refused}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_that_leave_the_folder_are_refused_and_others_followed() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("model");
        std::fs::create_dir(&model).unwrap();
        std::fs::write(folder.path().join("secret"), "secret").unwrap();
        std::fs::write(model.join("own"), "own").unwrap();
        symlink("../secret", model.join("out")).unwrap();
        symlink("..", model.join("up")).unwrap();
        symlink("own", model.join("in")).unwrap();
        for location in ["out", "up/secret"] {
            let refused = read(&model, &data(location, 0, 1)).unwrap_err();
            assert!(refused.contains("leaves the model's folder"), "{location}: {refused}");
        }
        assert_eq!(read(&model, &data("in", 0, 3)).unwrap(), b"own");
    }
}
