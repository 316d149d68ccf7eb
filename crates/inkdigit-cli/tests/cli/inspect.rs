//! `inkdigit inspect`.

use crate::support::{fails, folder, json, stdout, text, trained};

#[test]
fn layers_are_shown_with_their_shapes() {
    let shown = json(&["inspect", "lenet", "--json"]);
    let layer = |name: &str| {
        let layers = shown["layers"].as_array().unwrap();
        layers.iter().find(|layer| layer["name"] == name).unwrap().clone()
    };
    assert_eq!(layer("conv1")["output"], serde_json::json!([20, 24, 24]));
    assert_eq!(layer("fc1")["parameters"], 800 * 500 + 500);
    assert!(shown["steps"].as_array().unwrap().contains(&serde_json::json!(["conv1", "tanh1", "pool1"])));
    let table = stdout(&["inspect", "lenet"]);
    assert!(table.contains("20x24x24") && table.contains("431 080"), "{table}");
    fails(&["inspect", "lenot"], 1, &["lenot"]);
}

#[test]
fn a_model_tells_where_it_comes_from() {
    let told = stdout(&["inspect", trained()]);
    for part in
        ["opset 17", "written by inkdigit", "pixels 0..255 (by its metadata)", "logits", "fc3", "labels:"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let told = json(&["inspect", "--model", trained(), "--json"]);
    assert_eq!(told["file"]["opsets"], serde_json::json!([{"domain": "ai.onnx", "version": 17}]));
    assert_eq!(told["file"]["input"]["dims"], serde_json::json!(["batch", "1", "28", "28"]));
    assert_eq!(told["metadata"]["config"]["batch_size"], 20);
}

#[test]
fn a_built_in_name_is_the_models() {
    let folder = folder();
    let own = folder.path().join("own.onnx");
    stdout(&["export", "--out", text(&own)]);
    assert!(stdout(&["inspect", "default"]).contains("bn1"), "training goes on from it");
    let exported = stdout(&["inspect", text(&own)]);
    assert!(!exported.contains("bn1") && exported.contains("conv1"), "{exported}");
}

#[test]
fn a_network_is_drawn_as_a_diagram() {
    let folder = folder();
    let file = folder.path().join("lenet.svg");
    stdout(&["inspect", "lenet", "--svg", text(&file)]);
    let svg = std::fs::read_to_string(&file).unwrap();
    for part in ["<svg ", "400 500 parameters", "20 maps of 24×24", "431 080 parameters", "</svg>"] {
        assert!(svg.contains(part), "{part}: {svg}");
    }
    stdout(&["inspect", trained(), "--svg", text(&file), "--json"]);
    assert!(std::fs::read_to_string(&file).unwrap().contains(">fc3<"), "it goes over the one before");
    fails(&["inspect", "lenet", "--svg", text(&folder.path().join("no/such/a.svg"))], 1, &["no/such/a.svg"]);
}
