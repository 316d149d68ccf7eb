//! The server on a socket: clients that are slow, many or rude, TLS, and the end.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use inkdigit_serve::{Batching, Config, Limits, Listener, Models, Server};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::support::{digit, picture};

/// A server on a free port, in a runtime of its own.
struct Running {
    address: SocketAddr,
    runtime: Runtime,
    stop: Option<oneshot::Sender<()>>,
    ended: Option<tokio::task::JoinHandle<bool>>,
}

impl Running {
    fn start(config: Config) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(Listener::bind("127.0.0.1:0".parse().unwrap())).unwrap();
        Self::with(runtime, listener, config)
    }

    fn with(runtime: Runtime, listener: Listener, config: Config) -> Self {
        let address = listener.address().unwrap();
        let models = Models::open(Vec::new(), &config).unwrap();
        let server = Arc::new(Server::new(config, models).unwrap());
        let (stop, stopped) = oneshot::channel();
        let ended = runtime.spawn(listener.serve(server, async move {
            let _ = stopped.await;
        }));
        Self { address, runtime, stop: Some(stop), ended: Some(ended) }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Tells the server to stop; whether it finished all.
    fn stop(&mut self) -> bool {
        let _ = self.stop.take().unwrap().send(());
        self.runtime.block_on(self.ended.take().unwrap()).unwrap()
    }

    fn is_alive(&self) -> bool {
        let mut stream = self.connect();
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        read_all(&mut stream).starts_with("HTTP/1.1 200")
    }
}

fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A server that has said all may close before it has read all.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn predict(body: &[u8], more: &str) -> Vec<u8> {
    let head = format!(
        "POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: {}\r\n{more}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn hasty() -> Config {
    let limits = Limits {
        header_time: Duration::from_millis(300),
        request_time: Duration::from_millis(600),
        max_body: 100_000,
        ..Limits::default()
    };
    Config { limits, ..Config::default() }
}

#[test]
fn slow_clients_are_cut_off_and_others_served_meanwhile() {
    let server = Running::start(hasty());
    // A head that never ends, a connection that never says anything, a body that never ends.
    let mut head = server.connect();
    head.write_all(b"GET /livez HTTP/1.1\r\nHos").unwrap();
    let mut silent = server.connect();
    let mut body = server.connect();
    body.write_all(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nabc").unwrap();
    let mut endless = server.connect();
    endless.write_all(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    assert!(server.is_alive());
    let start = Instant::now();
    assert!(!read_all(&mut head).contains("200 OK"));
    assert_eq!(read_all(&mut silent), "");
    let late = read_all(&mut body);
    assert!(late.starts_with("HTTP/1.1 408") && late.contains("took longer"), "{late}");
    assert!(start.elapsed() < Duration::from_secs(10));
    let chunk = [b"2710\r\n".to_vec(), vec![b'x'; 10_000], b"\r\n".to_vec()].concat();
    while endless.write_all(&chunk).is_ok() && start.elapsed() < Duration::from_secs(10) {}
    assert!(start.elapsed() < Duration::from_secs(10), "it hangs up on who doesn't end");
    assert!(server.is_alive());
}

#[test]
fn a_body_that_is_too_long_is_refused_at_its_head() {
    let server = Running::start(hasty());
    let mut stream = server.connect();
    stream.write_all(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n").unwrap();
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[test]
fn idle_connections_cost_nobody_else() {
    let server = Running::start(Config::default());
    let idle: Vec<TcpStream> = (0..500).map(|_| server.connect()).collect();
    let start = Instant::now();
    assert!(server.is_alive());
    assert!(start.elapsed() < Duration::from_secs(5));
    drop(idle);
}

#[test]
fn more_connections_than_places_wait() {
    let limits = Limits { max_connections: 2, header_time: Duration::from_millis(400), ..Limits::default() };
    let server = Running::start(Config { limits, ..Config::default() });
    let _idle = [server.connect(), server.connect()];
    // It waits until one of the others is cut off for its silence.
    assert!(server.is_alive());
}

#[test]
fn what_was_taken_is_finished_before_the_end() {
    let batching = Batching { delay: Duration::from_millis(300), threads: 1, ..Batching::default() };
    let mut server = Running::start(Config { batching, ..Config::default() });
    let mut idle = server.connect();
    let mut stream = server.connect();
    stream.write_all(&predict(&picture(), "")).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert!(server.stop(), "all was finished");
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"digit\":3"), "{answer}");
    assert_eq!(read_all(&mut idle), "");
    assert!(TcpStream::connect(server.address).is_err(), "nobody listens any more");
}

#[test]
fn grace_ends() {
    let limits = Limits { grace: Duration::from_millis(200), ..Limits::default() };
    let batching = Batching { delay: Duration::from_secs(30), threads: 1, ..Batching::default() };
    let mut server = Running::start(Config { limits, batching, ..Config::default() });
    let mut stream = server.connect();
    stream.write_all(&predict(&digit().to_png(), "")).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    assert!(!server.stop(), "one request wasn't finished");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn nonsense_is_answered_or_hung_up_on() {
    let server = Running::start(hasty());
    for nonsense in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET\r\n\r\n",
        b"GET /livez HTTP/9.9\r\n\r\n",
        b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
        b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /%ff%fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /v2/models/%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ] {
        let mut stream = server.connect();
        stream.write_all(nonsense).unwrap();
        let answer = read_all(&mut stream);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{nonsense:?}: {answer}");
    }
    let long = [b"GET / HTTP/1.1\r\nX: ".to_vec(), vec![b'x'; 1_000_000]].concat();
    let mut stream = server.connect();
    let _ = stream.write_all(&long);
    let answer = read_all(&mut stream);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert!(server.is_alive());
}

/// Where the certificate for these tests lies, made with
/// `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 36500 -nodes -subj /CN=localhost -addext
/// subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE -keyout key.pem -out cert.pem`.
const CERT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/tls/cert.pem");
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/tls/key.pem");

#[test]
fn tls_is_spoken_where_it_is_asked_for() {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(Listener::bind("127.0.0.1:0".parse().unwrap())).unwrap();
    let listener = listener.with_tls(CERT.as_ref(), KEY.as_ref()).unwrap();
    let server = Running::with(runtime, listener, hasty());

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(CERT).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let client = Arc::new(client.with_root_certificates(roots).with_no_client_auth());
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = StreamOwned::new(ClientConnection::new(client, name).unwrap(), server.connect());
    stream.write_all(&predict(&picture(), "Connection: close\r\n")).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"digit\":3"), "{answer}");

    let mut plain = server.connect();
    plain.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(!read_all(&mut plain).contains("200 OK"), "no plain HTTP where TLS is spoken");
}

#[test]
fn certificates_that_cant_be_used_are_told() {
    let runtime = Runtime::new().unwrap();
    let with = |cert: &str, key: &str| {
        let listener = runtime.block_on(Listener::bind("127.0.0.1:0".parse().unwrap())).unwrap();
        listener.with_tls(cert.as_ref(), key.as_ref()).map(drop).unwrap_err().to_string()
    };
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    assert!(with(manifest, KEY).contains("Cargo.toml holds no certificate in PEM form"));
    assert!(with(CERT, manifest).contains("Cargo.toml holds no private key in PEM form"));
    assert!(with(CERT, "nowhere.pem").contains("nowhere.pem"));
}
