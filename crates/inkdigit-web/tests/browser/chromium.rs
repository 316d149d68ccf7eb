//! A headless Chromium, driven through its debugging protocol
//! (<https://chromedevtools.github.io/devtools-protocol/>).

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// Longer than anything takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The Chromium of this machine: the one that `INKDIGIT_CHROMIUM` names, or one on the path.
pub(crate) fn installed() -> Option<PathBuf> {
    if let Some(path) = env::var_os("INKDIGIT_CHROMIUM") {
        return Some(path.into());
    }
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.exists())
}

/// A browser with one page. It ends when this is dropped.
pub(crate) struct Page {
    browser: Child,
    socket: WebSocket<TcpStream>,
    session: Option<String>,
    calls: u64,
    /// What the page wrote to its console and didn't catch.
    pub complaints: Vec<String>,
    _profile: TempDir,
}

impl Page {
    /// Starts a browser with a window of this size, at a device pixel ratio of 1.
    pub(crate) fn start(width: u32, height: u32) -> Self {
        let profile = TempDir::new().expect("a folder for the profile");
        let browser = Command::new(installed().expect("Chromium"))
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args([
                "--remote-debugging-port=0",
                "--no-first-run",
                "--disable-extensions",
                "--hide-scrollbars",
            ])
            .arg(format!("--window-size={width},{height}"))
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Chromium starts");
        let port_file = profile.path().join("DevToolsActivePort");
        let text = until("Chromium opens its port", || {
            fs::read_to_string(&port_file).ok().filter(|text| text.lines().count() == 2)
        });
        let (port, path) = text.split_once('\n').expect("a port and a path");
        let stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("Chromium listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        let url = format!("ws://127.0.0.1:{port}{path}");
        let (socket, _) = tungstenite::client(url.as_str(), stream).expect("Chromium speaks WebSocket");
        let (session, calls, complaints) = (None, 0, Vec::new());
        let mut page = Self { browser, socket, session, calls, complaints, _profile: profile };
        let target = page.call("Target.createTarget", json!({"url": "about:blank"}))["targetId"].clone();
        let attached = page.call("Target.attachToTarget", json!({"targetId": target, "flatten": true}));
        page.session = Some(attached["sessionId"].as_str().expect("a session").to_owned());
        page.call("Page.enable", json!({}));
        page.call("Runtime.enable", json!({}));
        page
    }

    /// Makes a phone of it: this size, a ratio of 2, and a finger.
    pub(crate) fn become_phone(&mut self, width: u32, height: u32) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 2, "mobile": true});
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        self.call("Emulation.setTouchEmulationEnabled", json!({"enabled": true}));
    }

    /// Chooses the theme that the system asks for, `light` or `dark`.
    pub(crate) fn prefer(&mut self, theme: &str) {
        let feature = json!({"name": "prefers-color-scheme", "value": theme});
        self.call("Emulation.setEmulatedMedia", json!({"features": [feature]}));
    }

    /// One call of the protocol, and its answer.
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        self.calls += 1;
        let mut message = json!({"id": self.calls, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(message.to_string())).expect("Chromium listens");
        loop {
            let Message::Text(text) = self.socket.read().expect("Chromium answers") else { continue };
            let answer: Value = serde_json::from_str(&text).expect("JSON");
            if answer["id"] == self.calls {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            self.hear(&answer);
        }
    }

    fn hear(&mut self, event: &Value) {
        let params = &event["params"];
        match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => self.complaints.push(params["exceptionDetails"].to_string()),
            Some("Runtime.consoleAPICalled") if params["type"] == "error" => {
                self.complaints.push(params["args"].to_string());
            }
            _ => {}
        }
    }

    /// What an expression comes to, once its promise is kept.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let result = self.call("Runtime.evaluate", params);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    /// As [`Page::eval`], of a text.
    pub(crate) fn text(&mut self, expression: &str) -> String {
        self.eval(expression).as_str().expect("a text").to_owned()
    }

    /// Waits until a condition holds.
    pub(crate) fn wait(&mut self, condition: &str) {
        until(condition, || self.eval(&format!("Boolean({condition})")).as_bool().filter(|&holds| holds));
    }

    /// Opens a page of Inkdigit and waits until it can read.
    pub(crate) fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({"url": url}));
        self.wait("location.protocol !== 'about:' && document.body?.dataset.ready");
    }

    /// Draws strokes on the board by mouse; their points lie between 0 and 1 of its width and height.
    pub(crate) fn draw(&mut self, strokes: &[&[(f64, f64)]]) {
        self.stroke(strokes, |page, kind, x, y| {
            let kind = ["mousePressed", "mouseMoved", "mouseReleased"][kind];
            let params =
                json!({"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1});
            page.call("Input.dispatchMouseEvent", params);
        });
    }

    /// As [`Page::draw`], by finger.
    pub(crate) fn draw_by_finger(&mut self, strokes: &[&[(f64, f64)]]) {
        self.stroke(strokes, |page, kind, x, y| {
            let points = if kind == 2 { json!([]) } else { json!([{"x": x, "y": y}]) };
            let kind = ["touchStart", "touchMove", "touchEnd"][kind];
            page.call("Input.dispatchTouchEvent", json!({"type": kind, "touchPoints": points}));
        });
    }

    fn stroke(&mut self, strokes: &[&[(f64, f64)]], mut send: impl FnMut(&mut Self, usize, f64, f64)) {
        let sides = "(({left, top, width, height}) => [left, top, width, height])";
        let sides = self.eval(&format!("{sides}(document.querySelector('#board').getBoundingClientRect())"));
        let side = |number: usize| sides[number].as_f64().expect("a length");
        let place = |(x, y): (f64, f64)| (side(0) + x * side(2), side(1) + y * side(3));
        for stroke in strokes {
            let (x, y) = place(stroke[0]);
            send(self, 0, x, y);
            for pair in stroke.windows(2) {
                for step in 1..=8 {
                    let t = f64::from(step) / 8.0;
                    let between = |from: f64, to: f64| from + (to - from) * t;
                    let (x, y) = place((between(pair[0].0, pair[1].0), between(pair[0].1, pair[1].1)));
                    send(self, 1, x, y);
                }
            }
            let (x, y) = place(*stroke.last().expect("points"));
            send(self, 2, x, y);
        }
        self.settle();
    }

    /// Presses and releases a key.
    pub(crate) fn press(&mut self, key: &str, modifiers: u32) {
        let code = match key {
            " " => "Space".to_owned(),
            "z" => "KeyZ".to_owned(),
            named => named.to_owned(),
        };
        for kind in ["keyDown", "keyUp"] {
            let params = json!({"type": kind, "key": key, "code": code, "modifiers": modifiers});
            self.call("Input.dispatchKeyEvent", params);
        }
        self.settle();
    }

    /// Waits until what was done is drawn.
    pub(crate) fn settle(&mut self) {
        self.eval("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))");
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.browser.kill();
        let _ = self.browser.wait();
    }
}

/// Asks again and again until there is an answer.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
