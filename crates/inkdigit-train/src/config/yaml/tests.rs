//! What is read from files, and what is said about a mistake in one.

use super::*;
use crate::networks::{BuiltIn, Network};
use inkdigit::error::with_causes;
use inkdigit_nn::{OptimizerConfig, Schedule};

#[test]
fn what_is_not_said_has_its_default() {
    for text in ["", "# nothing\n", "{}"] {
        assert_eq!(parse_yaml(text, "x.yml").unwrap(), TrainConfig::default(), "{text:?}");
    }
}

#[test]
fn every_form_is_read() {
    let text = "
# a comment
network:
  - conv2d: {channels: 4, kernel: 5}
  - relu
  - max_pool2d:
      kernel: 2
  - batch_norm
  - residual: [tanh]
  - flatten
  - linear: {features: 10}
epochs: 3
batch_size: 32
optimizer: {sgd: {momentum: 0.9}}
learning_rate: 1e-2
schedule: cosine
ema: 0.99
augment: {shift: 2}
";
    let config = parse_yaml(text, "x.yml").unwrap();
    assert!(matches!(&config.network, Network::Layers(layers) if layers.len() == 7));
    assert_eq!((config.epochs, config.batch_size, config.ema), (3.0, 32, Some(0.99)));
    assert!(matches!(config.optimizer, OptimizerConfig::Sgd { momentum: 0.9, nesterov: false, .. }));
    assert!(matches!(config.schedule, Schedule::Cosine { warmup: 0.0, .. }));
    assert_eq!((config.learning_rate, config.augment.shift), (0.01, 2.0));
    let again = parse_yaml(&config.to_yaml(), "again.yml").unwrap();
    assert_eq!(again, config, "{}", config.to_yaml());
}

#[test]
fn mistakes_name_file_line_and_nearest() {
    let cases = [
        (
            "epochs: 1\nlerning_rate: 1",
            "x.yml, line 2: unknown key `lerning_rate`, expected perhaps `learning_rate`",
        ),
        ("network: lenett", "x.yml, line 1: unknown name `lenett`, expected perhaps `lenet`"),
        ("network:\n- flatten\n- rellu", "x.yml, line 3: unknown name `rellu`, expected perhaps `relu`"),
        (
            "network:\n- conv2d:\n    chanels: 3",
            "x.yml, line 3: unknown key `chanels`, expected perhaps `channels`",
        ),
        ("network:\n- flatten\n- linear", "line 3: `features` is missing"),
        ("augment:\n  rotatoin: 3", "x.yml, line 2: unknown key `rotatoin`, expected perhaps `rotation`"),
        ("\noptimizer: adan", "x.yml, line 2: unknown name `adan`, expected perhaps `adam`"),
        ("optimizer:\n  adam:\n    beta: 1", "x.yml, line 3: unknown key `beta`, expected perhaps `betas`"),
        ("schedule: step", "x.yml, line 1: `every` is missing"),
        ("epochs: 1\nepochs: 2", "x.yml, line 2: duplicate mapping key"),
        ("epochs: [", "x.yml, line 1"),
        ("- 1", "x.yml, line 1"),
        ("batch_size: 0", "x.yml: batch_size is 0, expected at least 1"),
        ("learning_rate: .nan", "x.yml: learning_rate is NaN, expected a number above 0"),
        ("epochs: .inf", "x.yml: epochs is inf"),
        ("optimizer: {sgd: {nesterov: true}}", "x.yml: optimizer.sgd.nesterov is true, expected false"),
        ("early_stopping: 2\nvalidation: 0", "x.yml: validation is 0, expected at least 1"),
        ("network: [flatten]", "x.yml: the network gives 784 features"),
        ("epochs: many", "x.yml, line 1: invalid floating point"),
        ("epochs:", "x.yml, line 1: invalid floating point"),
        ("epochs: 0x10", "x.yml, line 1: invalid floating point"),
        ("epochs: inf", "x.yml, line 1: invalid floating point"),
        ("\n\nlearning_rate: 1e39", "x.yml, line 3: invalid floating point"),
        ("ema: \"\"", "x.yml, line 1: invalid floating point"),
        ("batch_size: -1", "x.yml, line 1: invalid u64"),
        ("batch_size: 1.5", "x.yml, line 1: invalid u64"),
        ("num_iterations: 017", "x.yml, line 1: invalid u64"),
        ("seed: 18446744073709551616", "x.yml, line 1: invalid u64"),
        ("significant_bits: -3", "x.yml, line 1: invalid u32"),
        ("keep_best: maybe", "x.yml, line 1: invalid boolean"),
        ("keep_best: 1", "x.yml, line 1: invalid boolean"),
        (
            "network: 5",
            "x.yml, line 1: invalid type: integer `5`, expected a network's name, a list of layers, or",
        ),
        ("network:", "x.yml, line 1: invalid type: unit value, expected a network's name"),
        ("network: {}", "x.yml, line 1: `from` is missing"),
        (
            "network: {from: a.onnx,\n  scale: unit}",
            "x.yml, line 2: unknown key `scale`, expected perhaps `from`",
        ),
        ("network:\n- 3", "x.yml, line 2: invalid type: integer `3`, expected a layer, such as `relu`"),
        ("network:\n- residual: relu", "x.yml, line 2: expected sequence start"),
        (
            "network:\n- residual: [relu,\n    tanhh]",
            "x.yml, line 3: unknown name `tanhh`, expected perhaps `tanh`",
        ),
        ("network:\n- conv2d:\n  channels: 4", "x.yml, line 2: `channels` is missing"),
        ("network:\n- flatten: 3", "x.yml, line 2: expected mapping start"),
        ("network:\n- relu:\n    slope: 1", "x.yml, line 3: unknown key `slope`"),
        ("network:\n- linear: {features: ten}", "x.yml, line 2: invalid u64"),
        ("network:\n- relu: {}\n  tanh: {}", "`tanh` is a second name where one is expected"),
        (
            "optimizer: {adam: {betas: [0.9]}}",
            "x.yml, line 1: invalid length 1, expected an array of length 2",
        ),
        ("optimizer: {adam: {betas: [1, 2, 3]}}", "x.yml, line 1: invalid length 3"),
        ("optimizer: {adam: {betas: 0.9}}", "x.yml, line 1: expected sequence start"),
        ("optimizer:\n  sgd:\n  momentum: 0.9", "x.yml, line 2: `momentum` is a second name"),
        ("schedule: {}", "x.yml, line 1: invalid length 0, expected a name, or a name with its constants"),
        ("schedule: [constant]", "x.yml, line 1: invalid type: sequence, expected a name"),
        ("schedule: {step: {every: 2}}", "x.yml, line 1: `factor` is missing"),
        ("scaling: units", "x.yml, line 1: unknown name `units`, expected perhaps `unit`"),
        ("augment: 3", "x.yml, line 1: expected mapping start"),
        ("augment:\n  shift: 1\n  rotation: a lot", "x.yml, line 3: invalid floating point"),
        ("augment: {shift: 1,\n  shift: 2}", "x.yml, line 2: duplicate mapping key: shift"),
        ("then: {epochs: 1}", "x.yml, line 1: expected sequence start"),
        ("then:\n- epochs: 1\n- epoch: 2", "x.yml, line 3: unknown key `epoch`, expected perhaps `epochs`"),
        ("epochs: 3\n...\nrubbish", "x.yml, line 3: a second document begins"),
        ("epochs: *b", "x.yml, line 1"),
        ("epochs: \"3", "x.yml, line 1"),
        ("epochs: \"\\q\"", "x.yml, line 1: while parsing a quoted scalar, found unknown escape character"),
        ("epochs: {3", "x.yml, line 1"),
        ("epochs: @3", "x.yml, line 1: unexpected character"),
        ("network: [relu, , flatten]", "x.yml, line 1"),
        ("epochs: - 3", "x.yml, line 1: block sequence entries are not allowed in this context"),
        ("epochs:3", "x.yml, line 1: expected mapping start"),
        ("? [epochs]\n: 3", "x.yml, line 1: expected string scalar"),
        ("3: 4", "x.yml, line 1: unknown key `3`"),
        ("epochs: 3\r\nbatch_size: 5\r\nfoo: 1\r\n", "x.yml, line 3: unknown key `foo`"),
        ("\u{feff}epochs: 3\nfoo: 1", "x.yml, line 2: unknown key `foo`"),
    ];
    let mut failures = Vec::new();
    for (text, expected) in cases {
        match parse_yaml(text, "x.yml").map_err(|error| with_causes(&error)) {
            Err(error) if error.contains(expected) => {}
            other => failures.push(format!("{text:?}\n  expected {expected}\n  found    {other:?}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_default_comes_back_from_yaml() {
    let config = TrainConfig { network: Network::BuiltIn(BuiltIn::Mlp), ..TrainConfig::default() };
    assert_eq!(parse_yaml(&config.to_yaml(), "x.yml").unwrap(), config);
}

proptest::proptest! {
    /// Whatever a file holds is read or refused, and names a line that the file has.
    #[test]
    fn nothing_in_a_file_is_more_than_a_mistake(text in "([a-z:#&*!|>'\"%@`,?{}\\[\\]\\-\\\\ \t\r\n0-9.~<]|epochs: |network: |\\* |é|\u{feff}){0,40}") {
        if let Err(Error::InConfig { line, .. }) = parse_yaml(&text, "x.yml") {
            let lines = 1 + text.matches(['\n', '\r']).count() as u64;
            proptest::prop_assert!(line.is_none_or(|line| (1..=lines).contains(&line)), "{line:?}");
        }
    }
}
