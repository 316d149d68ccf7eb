//! The folder that is handed out: the page, the npm package, and a service worker that knows all of it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::sources;
use crate::files::{files_below, name};

/// JavaScript's view of a module, the same for all builds.
const VIEW: [&str; 2] = ["inkdigit.js", "inkdigit.d.ts"];

/// Files that no page asks for: the service worker doesn't keep them.
const NOT_KEPT: [&str; 5] = [".d.ts", ".json", ".md", "sw.js", "icon-512.png"];

/// Puts the folder `www` together anew from the page's sources, the finder's file and these builds below `pkg`. What is there is
/// replaced, if it was built by this.
pub(super) fn www(page: &Path, finder: &Path, pkg: &Path, builds: &[&str], www: &Path) -> Result<()> {
    make_way(www)?;
    for file in files_below(page)? {
        let name = file.strip_prefix(page).expect("files below the page");
        copy(&file, &www.join(name))?;
    }
    for build in builds {
        copy(&pkg.join(build).join("inkdigit_bg.wasm"), &www.join("pkg").join(build).with_extension("wasm"))?;
        for file in VIEW {
            let (of_first, of_this) =
                (read(&pkg.join(builds[0]).join(file))?, read(&pkg.join(build).join(file))?);
            ensure!(of_first == of_this, "the builds {} and {build} differ in {file}", builds[0]);
        }
    }
    for file in VIEW {
        copy(&pkg.join(builds[0]).join(file), &www.join("pkg").join(file))?;
    }
    copy(finder, &www.join("pkg/finder.onnx"))?;
    fill(&www.join("pkg/package.json"), &[("@version@", env!("CARGO_PKG_VERSION"))])?;
    service_worker(www)
}

/// Removes what was built before, and nothing else: a folder with anything of somebody's own is refused.
fn make_way(www: &Path) -> Result<()> {
    let Ok(mut entries) = fs::read_dir(www) else {
        ensure!(
            !www.exists(),
            "{} isn't a folder; name one that is new, or was built into before",
            www.display()
        );
        return Ok(());
    };
    let built_before = ["index.html", "sw.js", "pkg/index.js"].iter().all(|name| www.join(name).exists());
    ensure!(
        built_before || entries.next().is_none(),
        "{} holds files that were not built by this, and building would remove them; name a new folder",
        www.display()
    );
    fs::remove_dir_all(www).with_context(|| format!("cannot remove {}", www.display()))
}

/// Tells the service worker its files, and a version that changes with any of them.
fn service_worker(www: &Path) -> Result<()> {
    let mut names = vec![String::from("./")];
    let mut all = Vec::new();
    for file in files_below(www)? {
        let name = name(www, &file);
        if !NOT_KEPT.iter().any(|end| name.ends_with(end)) {
            all.extend(read(&file)?);
            names.push(name);
        }
    }
    let list = names.iter().map(|name| format!("\n  \"{name}\",")).collect::<String>() + "\n";
    fill(&www.join("sw.js"), &[("@version@", &sources::checksum(&all)[..12]), ("\"@files@\"", &list)])
}

/// Replaces what is to be filled in.
fn fill(path: &Path, places: &[(&str, &str)]) -> Result<()> {
    let mut text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    for (place, value) in places {
        ensure!(text.contains(place), "{} has no {place}", path.display());
        text = text.replace(place, value);
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().expect("a file in a folder");
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(to, read(from)?).with_context(|| format!("cannot write {}", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_built_before_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let www = folder.path().join("www");
        make_way(&www).expect("nothing is there");
        fs::create_dir_all(www.join("pkg")).expect("made");
        fs::write(www.join("letter.txt"), "dear").expect("written");
        let told = make_way(&www).expect_err("somebody's own").to_string();
        assert!(told.contains("not built by this") && www.join("letter.txt").exists(), "{told}");
        let told = make_way(&www.join("letter.txt")).expect_err("a file").to_string();
        assert!(told.contains("isn't a folder"), "{told}");
        for name in ["index.html", "sw.js", "pkg/index.js"] {
            fs::write(www.join(name), "built").expect("written");
        }
        make_way(&www).expect("built before");
        assert!(!www.exists());
    }

    #[test]
    fn the_service_worker_keeps_what_the_page_asks_for_and_changes_with_it() {
        let www = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| fs::write(www.path().join(name), text).expect("written");
        let worker = || {
            write("sw.js", "cache @version@ [\"@files@\"]");
            service_worker(www.path()).expect("filled in");
            fs::read_to_string(www.path().join("sw.js")).expect("text")
        };
        write("index.html", "<p>");
        write("package.json", "{}");
        let first = worker();
        assert!(
            first.contains("\"index.html\"") && !first.contains("json") && !first.contains('@'),
            "{first}"
        );
        assert_eq!(worker(), first);
        write("index.html", "<p>other");
        assert_ne!(worker(), first);
    }
}
