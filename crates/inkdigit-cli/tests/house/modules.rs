//! Which module of a library uses which: no circles, so that each can be read without those above it.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Source;
use crate::{LIBRARIES, sources_of};

/// What modules use, by their names.
type Edges = BTreeMap<String, BTreeSet<String>>;

/// The edges between the modules that stand in a crate's root.
fn edges(krate: &str) -> Edges {
    let files = sources_of(krate);
    let (_, root) = files.iter().find(|(file, _)| file.ends_with("src/lib.rs")).expect("a root");
    let root = Source::without_tests(root).code;
    let modules: BTreeSet<String> = declared(&root);
    let exported = exported(&root, &modules);
    let mut edges = Edges::new();
    for (file, text) in &files {
        let path = file.rsplit_once("/src/").expect("a source's path").1;
        let module = path.split(['/', '.']).next().expect("a name").to_owned();
        if path == "lib.rs"
            || path.ends_with("tests.rs")
            || path.contains("tests/")
            || !modules.contains(&module)
        {
            continue;
        }
        let used = used(&Source::without_tests(text).code);
        let used = used.into_iter().filter_map(|name| match modules.contains(&name) {
            true => Some(name),
            false => exported.get(&name).cloned(),
        });
        let used = used.filter(|name| *name != module);
        edges.entry(module.clone()).or_default().extend(used);
    }
    edges
}

/// The modules that a root declares.
fn declared(root: &str) -> BTreeSet<String> {
    let names = root.lines().filter_map(|line| {
        let declared = line.trim().strip_suffix(';')?;
        let name = declared.strip_prefix("pub(crate) ").or(declared.strip_prefix("pub ")).unwrap_or(declared);
        name.strip_prefix("mod ").map(str::to_owned)
    });
    names.collect()
}

/// Which module a name in the root is from: of `pub use page::{Page, PageDigit}` each is from `page`.
fn exported(root: &str, modules: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for statement in
        root.split(';').filter_map(|statement| statement.split_once("use ").map(|(_, what)| what))
    {
        let Some((module, rest)) = statement.trim().split_once("::") else { continue };
        if modules.contains(module) {
            let words =
                rest.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
            names.extend(words.map(|word| (word.to_owned(), module.to_owned())));
        }
    }
    names
}

/// The names that follow `crate::` anywhere.
fn used(code: &str) -> BTreeSet<String> {
    let word = |text: &str| {
        let text = text.trim_start();
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        text[..end].to_owned()
    };
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if !rest.starts_with('{') {
            names.insert(word(rest));
            continue;
        }
        // The first name of each part of `crate::{a::{b, c}, d}`.
        let (mut depth, mut start) = (0, 1);
        for (place, byte) in rest.bytes().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || depth == 1 && byte == b',' {
                names.insert(word(&rest[start..place]));
                start = place + 1;
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

/// A circle among the modules, as a path that ends where it begins; none if there is none.
fn circle(edges: &Edges) -> Option<Vec<&str>> {
    fn from<'a>(edges: &'a Edges, path: &mut Vec<&'a str>, done: &mut BTreeSet<&'a str>) -> bool {
        let last = path[path.len() - 1];
        for next in edges.get(last).into_iter().flatten() {
            if let Some(first) = path.iter().position(|name| name == next) {
                path.drain(..first);
                path.push(next);
                return true;
            }
            if done.contains(next.as_str()) {
                continue;
            }
            path.push(next);
            if from(edges, path, done) {
                return true;
            }
            path.pop();
        }
        done.insert(last);
        false
    }
    let mut done = BTreeSet::new();
    edges.keys().find_map(|module| {
        let mut path = vec![module.as_str()];
        from(edges, &mut path, &mut done).then_some(path)
    })
}

#[test]
fn no_library_has_a_circle_of_modules() {
    let circles = LIBRARIES.iter().filter_map(|krate| {
        let edges = edges(krate);
        circle(&edges).map(|path| format!("{krate}: {}", path.join(" -> ")))
    });
    let circles: Vec<String> = circles.collect();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn circles_are_found() {
    let names = used("use crate::{a::{b, c}, d};\nfn f() { crate::e::g() }");
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), ["a", "d", "e"]);
    let edge = |from: &str, to: &[&str]| (from.to_owned(), to.iter().map(|to| to.to_string()).collect());
    let open = Edges::from([edge("a", &["b", "c"]), edge("b", &["c"]), edge("c", &[])]);
    assert_eq!(circle(&open), None);
    let closed = Edges::from([edge("a", &["b"]), edge("b", &["c"]), edge("c", &["b"])]);
    assert_eq!(circle(&closed), Some(vec!["b", "c", "b"]));
}
