//! Whole networks against PyTorch: logits, losses, every gradient, ten-step loss curves, optimizers and
//! schedules. The values in `golden/` were made by `tools/reference/golden_torch.py`, which documents them
//! and the formulas that both sides compute parameters and inputs by.

use inkdigit_nn::exec::Noise;
use inkdigit_nn::ops::{AvgPool2d, BatchNorm, Conv2d, Extent, Linear, MaxPool2d, Padding, Upsample2d};
use inkdigit_nn::{Executor, Graph, Op, Optimizer, OptimizerConfig, Params, Schedule, Shape};
use serde_json::Value as Json;

fn golden(name: &str) -> Json {
    let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn splitmix64(s: u64) -> u64 {
    let z = s.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// u(p, i) of the script: uniform in [0, 1).
fn unit(p: u64, i: usize) -> f64 {
    (splitmix64((p << 32) + i as u64) >> 40) as f64 / (1u64 << 24) as f64
}

fn number(json: &Json, key: &str) -> f32 {
    json[key].as_f64().unwrap_or_else(|| panic!("{key} in {json}")) as f32
}

fn size(json: &Json, key: &str) -> usize {
    json[key].as_u64().unwrap_or_else(|| panic!("{key} in {json}")) as usize
}

fn numbers(json: &Json) -> Vec<f32> {
    match json {
        Json::Array(items) => items.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().expect("a number") as f32],
    }
}

fn add_layers(graph: &mut Graph, layers: &Json) {
    for layer in layers.as_array().expect("layers") {
        let kernel = || Extent::square(size(layer, "kernel"));
        let op = match layer["op"].as_str().expect("op") {
            "conv2d" => Op::Conv2d(Conv2d {
                channels: size(layer, "out"),
                kernel: kernel(),
                stride: Extent::square(size(layer, "stride")),
                padding: Padding::all(size(layer, "pad")),
                bias: layer["bias"].as_bool().expect("bias"),
            }),
            "max_pool2d" => Op::MaxPool2d(MaxPool2d {
                kernel: kernel(),
                stride: Some(Extent::square(size(layer, "stride"))),
                padding: Padding::default(),
            }),
            "avg_pool2d" => Op::AvgPool2d(AvgPool2d {
                kernel: kernel(),
                stride: Some(Extent::square(size(layer, "stride"))),
                padding: Padding::default(),
            }),
            "batch_norm2d" => Op::BatchNorm(BatchNorm {
                epsilon: number(layer, "eps"),
                momentum: number(layer, "momentum"),
            }),
            "linear" => Op::Linear(Linear { features: size(layer, "out"), bias: true }),
            "relu" => Op::Relu,
            "tanh" => Op::Tanh,
            "sigmoid" => Op::Sigmoid,
            "gelu" => Op::Gelu,
            "silu" => Op::Silu,
            "upsample2d" => Op::Upsample2d(Upsample2d { factor: size(layer, "factor") }),
            "flatten" => Op::Flatten,
            "global_avg_pool2d" => Op::GlobalAvgPool,
            "dropout" => continue,
            "residual" => {
                let from = graph.output();
                add_layers(graph, &layer["layers"]);
                let to = graph.output();
                graph.push("", Op::Add, &[from, to]).expect("equal shapes");
                continue;
            }
            other => panic!("no such layer: {other}"),
        };
        graph.then("", op).expect("shapes that fit");
    }
}

struct Case {
    golden: Json,
    graph: Graph,
    params: Params,
    labels: Vec<u8>,
}

impl Case {
    fn load(name: &str) -> Self {
        let golden = golden(name);
        let mut graph = Graph::new(Shape::map(1, 28, 28));
        add_layers(&mut graph, &golden["layers"]);
        let mut params = Params::init(&graph, 0);
        let listed = golden["params"].as_array().expect("params");
        let table: Vec<_> = params.table().iter().filter(|info| info.trainable).cloned().collect();
        assert_eq!(table.len(), listed.len(), "parameters of {name}");
        for (p, (info, listed)) in table.iter().zip(listed).enumerate() {
            let shape: Vec<f32> = info.shape.iter().map(|&d| d as f32).collect();
            assert_eq!(shape, numbers(&listed["shape"]), "{name} {}", info.name);
            let fan_in = listed["fan_in"].as_f64();
            for (i, value) in params.data_mut()[info.range.clone()].iter_mut().enumerate() {
                let centred = 2.0 * unit(p as u64, i) - 1.0;
                *value = match fan_in {
                    Some(fan_in) => centred / fan_in.sqrt(),
                    None if info.name.ends_with("weight") => 1.0 + centred / 2.0,
                    None => centred / 2.0,
                } as f32;
            }
        }
        let images = size(&golden, "batch");
        let labels = (0..images).map(|n| ((7 * n + 3) % 10) as u8).collect();
        Self { golden, graph, params, labels }
    }

    fn fill(&self, executor: &mut Executor) {
        let input = executor.input(self.labels.len());
        input.iter_mut().enumerate().for_each(|(i, x)| *x = unit(1000, i) as f32);
    }

    fn step(&self, executor: &mut Executor, params: &Params, smoothing: f32, grads: &mut [f32]) -> f32 {
        self.fill(executor);
        executor.train(params, Noise { seed: 0, step: 0 });
        let loss = executor.loss(&self.labels, smoothing);
        executor.backward(params, grads);
        loss.mean
    }
}

#[track_caller]
fn close(found: f32, expected: f32, absolute: f32, relative: f32, what: impl std::fmt::Display) {
    let allowed = absolute + relative * expected.abs();
    assert!((found - expected).abs() <= allowed, "{what}: {found}, expected {expected} within {allowed}");
}

fn check_network(name: &str) {
    let case = Case::load(name);
    // Both ways through the executor: with convolution and pooling joined, and every node for itself.
    for mut executor in [Executor::new(&case.graph), Executor::tracing(&case.graph)] {
        let mut grads = vec![0.0; case.params.data().len()];
        for losses in case.golden["losses"].as_array().expect("losses") {
            let smoothing = number(losses, "smoothing");
            case.fill(&mut executor);
            let logits = executor.train(&case.params, Noise { seed: 0, step: 0 }).to_vec();
            for (found, expected) in logits.iter().zip(numbers(&case.golden["logits"])) {
                close(*found, expected, 2e-6, 1e-5, format!("{name} logit"));
            }
            let loss = executor.loss(&case.labels, smoothing);
            close(loss.mean, number(losses, "loss"), 2e-6, 1e-6, format!("{name} loss"));
            let (_, dlogits) = executor.output_and_gradient();
            for (found, expected) in dlogits.iter().zip(numbers(&losses["dlogits"])) {
                close(*found, expected, 1e-6, 1e-5, format!("{name} gradient of a logit"));
            }
        }
        case.step(&mut executor, &case.params, 0.0, &mut grads);
        let table: Vec<_> = case.params.table().iter().filter(|info| info.trainable).collect();
        for (info, listed) in table.iter().zip(case.golden["params"].as_array().expect("params")) {
            let gradient = &grads[info.range.clone()];
            let what = |quantity: &str| format!("{name} {} {quantity}", info.name);
            let norm = number(listed, "norm");
            let found = gradient.iter().map(|&g| (g as f64).powi(2)).sum::<f64>().sqrt() as f32;
            close(found, norm, 1e-9, 1e-5, what("norm"));
            // Sums may cancel to nothing, so their error is measured by the norm.
            let sum: f64 = gradient.iter().map(|&g| g as f64).sum();
            close(sum as f32, number(listed, "sum"), 1e-4 * norm, 1e-5, what("sum"));
            let signed =
                |(i, &g): (usize, &f32)| if splitmix64(i as u64) & 1 == 1 { g as f64 } else { -g as f64 };
            let sum: f64 = gradient.iter().enumerate().map(signed).sum();
            close(sum as f32, number(listed, "signed_sum"), 1e-4 * norm, 1e-5, what("signed sum"));
            for sample in listed["samples"].as_array().expect("samples") {
                let index = sample[0].as_u64().expect("index") as usize;
                let expected = sample[1].as_f64().expect("gradient") as f32;
                close(gradient[index], expected, 2e-5 * norm, 1e-5, what(&format!("[{index}]")));
            }
        }
    }
    for curve in case.golden["curves"].as_array().expect("curves") {
        let config = optimizer(curve);
        let mut params = case.params.clone();
        let mut optimizer = Optimizer::new(config, &params);
        let mut executor = Executor::new(&case.graph);
        let mut grads = vec![0.0; params.data().len()];
        for (step, expected) in numbers(&curve["losses"]).into_iter().enumerate() {
            let loss = case.step(&mut executor, &params, 0.0, &mut grads);
            // Rounding grows with the steps; Nesterov's on LeNet reaches 9e-6 in PyTorch's own float32.
            close(loss, expected, 5e-5, 5e-5, format!("{name} {config:?} loss after {step} steps"));
            if step < 10 {
                executor.update_running_statistics(&mut params);
                optimizer.step(&mut params, &grads, number(curve, "lr"));
            }
        }
    }
}

fn optimizer(settings: &Json) -> OptimizerConfig {
    let weight_decay = settings["weight_decay"].as_f64().unwrap_or(0.0) as f32;
    match settings["optimizer"].as_str().expect("optimizer") {
        "sgd" => OptimizerConfig::Sgd {
            momentum: number(settings, "momentum"),
            nesterov: settings["nesterov"].as_bool().expect("nesterov"),
            weight_decay,
        },
        "adam" => OptimizerConfig::Adam { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay },
        "adamw" => OptimizerConfig::AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay },
        other => panic!("no such optimizer: {other}"),
    }
}

#[test]
fn mlp_agrees() {
    check_network("mlp");
}

#[test]
fn lenet_agrees() {
    check_network("lenet");
}

#[test]
fn zoo_agrees() {
    check_network("zoo");
}

#[test]
fn keras_agrees() {
    check_network("keras");
}

#[test]
fn deep_agrees() {
    check_network("deep");
}

#[test]
fn batch_norm_agrees() {
    check_network("batchnorm");
}

#[test]
fn gelu_sigmoid_and_average_pooling_agree() {
    check_network("mixed");
}

#[test]
fn silu_and_upsampling_agree() {
    check_network("hourglass");
}

#[test]
fn running_statistics_agree() {
    let case = Case::load("batchnorm");
    let curve = &case.golden["curves"][0];
    let mut params = case.params.clone();
    let mut optimizer = Optimizer::new(optimizer(curve), &params);
    let mut executor = Executor::new(&case.graph);
    let mut grads = vec![0.0; params.data().len()];
    for _ in 0..10 {
        case.step(&mut executor, &params, 0.0, &mut grads);
        executor.update_running_statistics(&mut params);
        optimizer.step(&mut params, &grads, number(curve, "lr"));
    }
    let after = &case.golden["after_sgd"];
    let statistics: Vec<_> = params.table().iter().filter(|info| !info.trainable).collect();
    for (pair, expected) in statistics.chunks(2).zip(after["running"].as_array().expect("running")) {
        for (info, quantity) in pair.iter().zip(["mean", "variance"]) {
            let values = &params.data()[info.range.clone()];
            let norm = values.iter().map(|&v| (v as f64).powi(2)).sum::<f64>().sqrt() as f32;
            close(norm, number(expected, &format!("{quantity}_norm")), 1e-6, 1e-5, &info.name);
            let sum = values.iter().map(|&v| v as f64).sum::<f64>() as f32;
            close(sum, number(expected, &format!("{quantity}_sum")), 1e-5, 1e-5, &info.name);
        }
    }
    case.fill(&mut executor);
    for (found, expected) in executor.infer(&params).iter().zip(numbers(&after["infer_logits"])) {
        close(*found, expected, 1e-4, 1e-4, "logit by running statistics");
    }
}

#[test]
fn optimizers_agree() {
    let mut graph = Graph::new(Shape::Features(4));
    graph.then("", Op::Linear(Linear { features: 1, bias: false })).expect("a layer");
    for case in golden("optimizers").as_array().expect("cases") {
        let mut params = Params::init(&graph, 0);
        params.data_mut().iter_mut().enumerate().for_each(|(i, w)| *w = (2.0 * unit(2000, i) - 1.0) as f32);
        let mut optimizer = Optimizer::new(optimizer(case), &params);
        for (t, expected) in case["weights"].as_array().expect("weights").iter().enumerate() {
            for (found, expected) in params.data().iter().zip(numbers(expected)) {
                close(*found, expected, 1e-6, 1e-5, format!("{} after {t} steps", case["optimizer"]));
            }
            let grads: Vec<f32> = (0..4).map(|i| (2.0 * unit(2001 + t as u64, i) - 1.0) as f32).collect();
            optimizer.step(&mut params, &grads, number(case, "lr"));
        }
    }
}

#[test]
fn schedules_agree() {
    for case in golden("schedules").as_array().expect("cases") {
        let rates = numbers(&case["rates"]);
        let (schedule, base) = match case["schedule"].as_str().expect("schedule") {
            "cosine" => {
                let base = number(case, "base");
                (Schedule::Cosine { warmup: 0.0, floor: number(case, "minimum") / base }, base)
            }
            "exponential" => (Schedule::Exponential { factor: number(case, "gamma") }, number(case, "base")),
            "step" => {
                let (every, factor) = (number(case, "every"), number(case, "gamma"));
                (Schedule::Step { every, factor }, number(case, "base"))
            }
            "one_cycle" => {
                let schedule = Schedule::OneCycle {
                    rise: number(case, "warm_up"),
                    start_divisor: number(case, "div"),
                    end_divisor: number(case, "final_div"),
                };
                (schedule, number(case, "peak"))
            }
            other => panic!("no such schedule: {other}"),
        };
        for (step, &expected) in rates.iter().enumerate() {
            let found = schedule.learning_rate(base, step, rates.len(), 1);
            close(found, expected, 1e-9, 2e-5, format!("{schedule:?} at step {step}"));
        }
    }
}
