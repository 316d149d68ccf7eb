//! `inkdigit models`.

use crate::support::{folder, inkdigit, json, outcome, stdout, text, trained};

#[test]
fn networks_and_models_are_listed() {
    let all = json(&["models", "--json"]);
    let entry = |name: &str, trained: bool| {
        let entries = all.as_array().unwrap();
        let entry = entries.iter().find(|entry| entry["name"] == name && entry["trained"] == trained);
        entry.unwrap_or_else(|| panic!("{name} isn't listed: {all}")).clone()
    };
    // Counted by hand: 5x5x8 without bias would be 200.
    assert_eq!(entry("zoo", false)["parameters"], 5 * 5 * 8 + 8 + 5 * 5 * 8 * 16 + 16 + 256 * 10 + 10);
    assert_eq!(entry("mlp", false)["multiply_adds"], 784 * 128 + 128 * 64 + 64 * 10);
    assert!(entry("default", true)["parameters"].as_u64().unwrap() > 0);
    let text = stdout(&["models"]);
    assert!(text.starts_with("network ") && text.contains("trained model"), "{text}");
}

#[test]
fn trainings_in_the_folder_of_runs_are_listed() {
    let folder = folder();
    let run = folder.path().join("runs/mine");
    std::fs::create_dir_all(&run).unwrap();
    std::fs::copy(format!("{}/model.onnx", trained()), run.join("model.onnx")).unwrap();
    std::fs::create_dir(folder.path().join("runs/unfinished")).unwrap();
    let mut command = inkdigit(&["models"]);
    command.current_dir(folder.path());
    let told = outcome(command);
    assert!(told.code == 0 && told.stdout.contains("runs/mine"), "{}{}", told.stdout, told.stderr);
    assert!(!told.stdout.contains("unfinished"), "{}", told.stdout);
}

#[test]
fn versions_in_a_folder_are_listed_in_their_order() {
    let folder = folder();
    let digits = folder.path().join("digits");
    for version in ["2", "10"] {
        stdout(&["export", trained(), "--to", text(&digits), "--version", version]);
    }
    let expected = [2, 10].map(|version| format!("{}@{version}", digits.display()));
    for dir in [&digits, folder.path()] {
        let all = json(&["models", text(dir), "--json"]);
        let names: Vec<&str> =
            all.as_array().unwrap().iter().filter_map(|entry| entry["name"].as_str()).collect();
        let listed: Vec<&&str> = names.iter().filter(|name| name.contains('@')).collect();
        assert_eq!(listed, [&expected[0], &expected[1]], "{names:?}");
    }
}
