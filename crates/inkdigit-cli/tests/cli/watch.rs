//! `inkdigit train --tensorboard` and `--watch`, the latter on a real terminal that `script` makes.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{fails, folder, inkdigit, outcome, stdout, synthetic, text};

const SMALL: [&str; 7] = ["train", "--network", "mlp", "--batch-size", "20", "--validation", "100"];

fn event_files(folder: &Path) -> usize {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter(|file| file.file_name().to_string_lossy().starts_with("events.out.tfevents.")).count()
}

#[test]
fn event_files_are_written_while_a_network_learns() {
    let folder = folder();
    let (run, own) = (folder.path().join("run"), folder.path().join("events"));
    let args = [&SMALL[..], &["--epochs", "2", "--data", synthetic(), "--out", text(&run)]].concat();
    stdout(&[&args[..], &["--tensorboard"]].concat());
    let inside = run.join("tensorboard");
    assert_eq!((event_files(&inside.join("train")), event_files(&inside.join("validation"))), (1, 1));
    let bytes =
        fs::read(fs::read_dir(inside.join("train")).unwrap().next().unwrap().unwrap().path()).unwrap();
    for tag in ["brain.Event:2", "learning_rate", "weights/fc1/weight", "gradients/fc1/weight", "filters"] {
        assert!(bytes.windows(tag.len()).any(|part| part == tag.as_bytes()), "{tag}");
    }
    // A run that replaces another has its files alone.
    stdout(&[&args[..], &["--overwrite", "--tensorboard"]].concat());
    assert_eq!(event_files(&inside.join("train")), 1);
    // Another folder isn't mixed up with what is there.
    let elsewhere = [&args[..], &["--overwrite", "--tensorboard", text(&own)]].concat();
    stdout(&elsewhere);
    let third = folder.path().join("third");
    let fresh = [&SMALL[..], &["--epochs", "1", "--data", synthetic(), "--out", text(&third)]].concat();
    fails(&[&fresh[..], &["--tensorboard", text(&own)]].concat(), 2, &["events", "--overwrite"]);
    assert!(!third.exists(), "nothing was trained for nothing");
    // The files change nothing of the result.
    let plain = folder.path().join("plain");
    stdout(&[&SMALL[..], &["--epochs", "2", "--data", synthetic(), "--out", text(&plain)]].concat());
    assert!(fs::read(plain.join("model.onnx")).unwrap() == fs::read(run.join("model.onnx")).unwrap());
}

#[test]
fn without_a_terminal_there_are_plain_lines() {
    let folder = folder();
    let out = folder.path().join("run");
    let told = outcome(inkdigit(
        &[&SMALL[..], &["--epochs", "1", "--watch", "--data", synthetic(), "--out", text(&out)]].concat(),
    ));
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(told.stderr.contains("no terminal") && told.stderr.contains("epoch 1 "), "{}", told.stderr);
    assert!(!told.stderr.contains('\x1b'), "{}", told.stderr);
}

/// The program on a terminal of its own: what is typed goes in, all that is drawn comes out.
#[cfg(target_os = "linux")]
fn on_a_terminal(args: &[&str], keys: &[u8], once: &str) -> Option<(i32, String)> {
    let quoted: Vec<String> = args.iter().map(|arg| format!("'{arg}'")).collect();
    let command = format!("stty rows 30 cols 100; {} {}", env!("CARGO_BIN_EXE_inkdigit"), quoted.join(" "));
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--flush", "--command", &command, "/dev/null"]);
    script.env("TERM", "xterm-256color").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = script.spawn().ok()?;
    let (mut stdin, mut stdout) = (child.stdin.take()?, child.stdout.take()?);
    let (mut all, mut buffer, mut typed) = (Vec::new(), [0; 4096], false);
    loop {
        let read = stdout.read(&mut buffer).unwrap_or(0);
        if read == 0 {
            break;
        }
        all.extend_from_slice(&buffer[..read]);
        if !typed && String::from_utf8_lossy(&all).contains(once) {
            stdin.write_all(keys).ok()?;
            stdin.flush().ok()?;
            typed = true;
        }
    }
    Some((child.wait().ok()?.code().unwrap_or(-1), String::from_utf8_lossy(&all).into_owned()))
}

const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1049l";

#[cfg(target_os = "linux")]
#[test]
fn q_stops_the_watched_training_with_a_checkpoint() {
    let folder = folder();
    let out = folder.path().join("run");
    let args =
        [&SMALL[..], &["--epochs", "400", "--watch", "--data", synthetic(), "--out", text(&out)]].concat();
    let Some((code, drawn)) = on_a_terminal(&args, b"q", "images/s") else {
        return eprintln!("the dashboard on a terminal is left out: there is no `script`");
    };
    assert_eq!(code, 130, "{drawn}");
    let (_, after) = drawn.split_once(LEAVE).expect("the terminal is given back");
    assert!(drawn.contains(ENTER) && drawn.contains("q stop and save"), "{drawn}");
    assert!(after.contains("all saved") && after.contains("train --resume"), "{after}");
    assert!(out.join("checkpoint.safetensors").is_file() && !out.join("model.onnx").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_is_told_on_the_terminal_as_it_was() {
    let folder = folder();
    let out = folder.path().join("run");
    let wild = ["--optimizer", "sgd", "--schedule", "constant", "--learning-rate", "1e30", "--epochs", "2"];
    let args = [&SMALL[..], &wild, &["--watch", "--data", synthetic(), "--out", text(&out)]].concat();
    let Some((code, drawn)) = on_a_terminal(&args, b"", "never") else {
        return eprintln!("the dashboard on a terminal is left out: there is no `script`");
    };
    let (_, after) = drawn.split_once(LEAVE).expect("the terminal is given back");
    assert!(code == 1 && after.contains("lower the learning rate"), "{code}: {after}");
}
