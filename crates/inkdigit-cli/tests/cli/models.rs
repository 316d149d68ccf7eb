//! `inkdigit models`.

use crate::support::{fails, folder, inkdigit, json, outcome, stdout, trained};

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
fn layers_are_shown_with_their_shapes() {
    let shown = json(&["models", "show", "lenet", "--json"]);
    let layer = |name: &str| {
        let layers = shown["layers"].as_array().unwrap();
        layers.iter().find(|layer| layer["name"] == name).unwrap().clone()
    };
    assert_eq!(layer("conv1")["output"], serde_json::json!([20, 24, 24]));
    assert_eq!(layer("fc1")["parameters"], 800 * 500 + 500);
    let table = stdout(&["models", "show", "lenet"]);
    assert!(table.contains("20x24x24") && table.contains("431 080"), "{table}");
    let model = stdout(&["models", "show", trained()]);
    assert!(model.contains("fc3"), "{model}");
    fails(&["models", "show", "lenot"], 1, &["lenot"]);
}

#[test]
fn trainings_in_the_folder_of_runs_are_listed() {
    let folder = folder();
    let run = folder.path().join("runs/mine");
    std::fs::create_dir_all(&run).unwrap();
    std::fs::copy(format!("{}/model.safetensors", trained()), run.join("model.safetensors")).unwrap();
    std::fs::create_dir(folder.path().join("runs/unfinished")).unwrap();
    let mut command = inkdigit(&["models"]);
    command.current_dir(folder.path());
    let told = outcome(command);
    assert!(told.code == 0 && told.stdout.contains("runs/mine"), "{}{}", told.stdout, told.stderr);
    assert!(!told.stdout.contains("unfinished"), "{}", told.stdout);
}
