//! `inkdigit bench`: the figures' forms; what they are is the machine's business.

use crate::support::{fails, json, stdout};

#[test]
fn figures_come_as_json_csv_and_tables() {
    let report = json(&["bench", "--quick", "--network", "mlp", "--threads", "1", "--json"]);
    assert!(report["machine"]["threads"].as_u64().unwrap() >= 1);
    assert!(report["peaks"][0]["gflops"].as_f64().unwrap() > 0.1);
    assert!(report["training"][0]["images_per_second"].as_f64().unwrap() > 1.0);
    let batches: Vec<u64> = report["inference"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["batch_size"].as_u64().unwrap())
        .collect();
    assert_eq!(batches, [1, 8, 64, 256, 1000]);

    let csv = stdout(&["bench", "--quick", "--network", "mlp", "--threads", "1,2", "--csv"]);
    let columns: Vec<usize> = csv.lines().map(|line| line.split(',').count()).collect();
    assert!(columns.iter().all(|&count| count == 9), "{csv}");
    assert_eq!(columns.len(), 1 + 2 * (1 + 1 + 5), "{csv}");

    let table = stdout(&["bench", "--quick", "--network", "mlp"]);
    assert!(table.contains("processor") && table.contains("GFLOP/s"), "{table}");
}

#[test]
fn unknown_networks_and_no_threads_are_refused() {
    fails(&["bench", "--network", "lenat"], 2, &["lenat", "lenet"]);
    fails(&["bench", "--threads", "0"], 2, &["0"]);
}
