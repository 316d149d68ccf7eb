//! A server for the built files, and for what a test hands to its page.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::{env, fs};

/// The folder of the built files: the repository's, or that of `INKDIGIT_WWW`.
pub(crate) fn www() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("www");
    env::var_os("INKDIGIT_WWW").map_or_else(own, PathBuf::from)
}

/// The builds that are to be tested: all in the repository, those there are in another folder.
pub(crate) fn builds() -> Vec<&'static str> {
    let builds = ["relaxed", "simd", "plain"];
    if env::var_os("INKDIGIT_WWW").is_none() {
        return builds.to_vec();
    }
    let there = |build: &&str| www().join("pkg").join(build).with_extension("wasm").exists();
    let builds: Vec<_> = builds.into_iter().filter(there).collect();
    assert!(!builds.is_empty(), "INKDIGIT_WWW names {}, which holds no build", www().display());
    builds
}

/// Serves on a port of its own until it is dropped.
pub(crate) struct Server {
    port: u16,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves the built files, and `handed` at `/handed/NAME`.
    pub(crate) fn start<'a>(handed: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let handed: Arc<HashMap<String, Vec<u8>>> =
            Arc::new(handed.into_iter().map(|(name, bytes)| (format!("/handed/{name}"), bytes)).collect());
        let stopped = Arc::new(AtomicBool::new(false));
        let ending = Arc::clone(&stopped);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if ending.load(Ordering::SeqCst) {
                    return;
                }
                let handed = Arc::clone(&handed);
                // A browser that leaves in the middle of an answer is no fault.
                thread::spawn(move || stream.and_then(|stream| answer(stream, &handed)));
            }
        });
        Self { port, stopped, thread: Some(thread) }
    }

    /// The page's address.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // The listener looks up at the next connection.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let _ = self.thread.take().expect("started").join();
    }
}

fn answer(mut stream: TcpStream, handed: &HashMap<String, Vec<u8>>) -> std::io::Result<()> {
    let mut request = String::new();
    BufReader::new(&stream).read_line(&mut request)?;
    let path = request.split(' ').nth(1).unwrap_or("/");
    let path = path.split('?').next().unwrap_or(path);
    let name = if path == "/" { "/index.html" } else { path };
    let body = match handed.get(name) {
        Some(bytes) => Ok(bytes.clone()),
        None => fs::read(www().join(&name[1..])),
    };
    let (status, body) = body.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(&body)?;
    stream.shutdown(Shutdown::Write)
}
