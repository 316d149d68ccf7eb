//! `inkdigit serve` as a process: it starts, answers, and ends when it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::support::{fails, folder, inkdigit, text};

/// A server that is stopped at the latest when the test ends.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    /// A server on a free port, with these arguments besides.
    fn start(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inkdigit"));
        command.args(["serve", "--port", "0"]).args(args).env_remove("INKDIGIT_TOKEN");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening at http://").unwrap_or_else(|| panic!("{line:?}"));
        Self { address: address.into(), child }
    }

    fn ask(&self, head: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let length = body.len();
        write!(stream, "{head}\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n").unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    /// How it ended, and its log.
    fn end(mut self) -> (ExitStatus, String) {
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap(), log)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn picture() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pictures/synthetic-3.png")).unwrap()
}

#[test]
fn it_answers_until_it_is_told_to_stop() {
    for signal in ["TERM", "INT"] {
        let serving = Serving::start(&["--access-log", "--log-format", "json"]);
        let answer = serving.ask("POST /v1/predict HTTP/1.1\r\nX-Request-Id: mine", &picture());
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"digit\":3"), "{answer}");
        serving.signal(signal);
        let (status, log) = serving.end();
        assert!(status.success(), "{signal}: {status}\n{log}");
        let line: serde_json::Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
        assert_eq!((&line["id"], &line["path"]), (&"mine".into(), &"/v1/predict".into()), "{log}");
        assert_eq!(line["status"], 200);
    }
}

#[test]
fn models_are_exchanged_at_sighup() {
    let folder = folder();
    let served = folder.path().join("served");
    let export = |version: &str| {
        let to = served.join("digits");
        std::fs::create_dir_all(&served).unwrap();
        let run = inkdigit(&["export", "--to", text(&to), "--version", version]).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    };
    export("1");
    let serving = Serving::start(&["--models", text(&served), "--reload-every", "0"]);
    let newest = || serving.ask("GET /v2/models/digits HTTP/1.1", b"");
    assert!(newest().contains("\"versions\":[\"1\"]"));
    export("2");
    serving.signal("HUP");
    for _ in 0..100 {
        if newest().contains("\"versions\":[\"1\",\"2\"]") {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("version 2 isn't served: {}", newest());
}

#[test]
fn a_token_is_read_from_a_file() {
    let folder = folder();
    let file = folder.path().join("token");
    std::fs::write(&file, "s3cret\n").unwrap();
    let serving = Serving::start(&["--token-file", text(&file)]);
    assert!(serving.ask("GET /v2 HTTP/1.1", b"").starts_with("HTTP/1.1 401"));
    assert!(serving.ask("GET /v2 HTTP/1.1\r\nAuthorization: Bearer s3cret", b"").starts_with("HTTP/1.1 200"));
    std::fs::write(&file, " \n").unwrap();
    fails(&["serve", "--token-file", text(&file)], 2, &["holds no token", text(&file)]);
}

#[test]
fn what_cant_be_started_is_said() {
    let folder = folder();
    let missing = text(Path::new("nowhere.onnx"));
    fails(&["serve", "--model", missing], 1, &["model \"nowhere\"", "no model at nowhere.onnx"]);
    fails(&["serve", "--models", text(folder.path())], 1, &["holds no model", "DIR/NAME/VERSION/model.onnx"]);
    fails(&["serve", "--model", "a=default", "--model", "a=default"], 1, &["two models are called \"a\""]);
    fails(&["serve", "--reject-below", "2"], 2, &["--reject-below is 2", "from 0 to 1"]);
    fails(&["serve", "--tls-cert", "cert.pem"], 2, &["--tls-key"]);
    fails(&["serve", "--idle-time", "never"], 2, &["expected a number from 0 on"]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    fails(&["serve", "--port", &port], 1, &["can't listen at 127.0.0.1", "--port"]);
}
