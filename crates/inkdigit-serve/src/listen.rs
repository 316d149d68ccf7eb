//! The server on a socket: connections, their time limits, and the end of it all.
//!
//! hyper is spoken to directly, for axum's own listener has no time limit for heads: a client that sends one byte
//! a minute would hold its connection for ever.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::app::app;
use crate::server::Server;
use crate::tls::{self, TlsError};

/// How long the server waits where the system has no more sockets for it.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(50);

/// A socket that listens, with or without TLS.
pub struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
}

impl Listener {
    /// Listens at this address; at any free port for port 0.
    ///
    /// # Errors
    /// Those of the system, as where another program listens there.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { socket: TcpListener::bind(address).await?, tls: None })
    }

    /// The same with TLS, by this certificate (its chain in one PEM file, the server's own first) and key.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn with_tls(self, cert: &Path, key: &Path) -> Result<Self, TlsError> {
        Ok(Self { tls: Some(tls::acceptor(cert, key)?), ..self })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Those of the system.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Answers requests until `shutdown`; then takes no new ones, finishes those under way within the time of
    /// grace, and returns whether all were finished.
    pub async fn serve(self, server: Arc<Server>, shutdown: impl Future<Output = ()>) -> bool {
        let limits = server.config.limits;
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(limits.header_time).pipeline_flush(true);
        let door = Door { http, tls: self.tls, app: app(server.clone()), handshake_time: limits.header_time };
        let places = Arc::new(Semaphore::new(limits.max_connections));
        let graceful = GracefulShutdown::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            // Who comes when all places are taken waits in the system's queue.
            let next = async {
                let place = places.clone().acquire_owned().await;
                (place, self.socket.accept().await)
            };
            let (place, accepted) = tokio::select! {
                accepted = next => accepted,
                () = &mut shutdown => break,
            };
            match accepted {
                Ok((stream, _)) => {
                    let (door, watcher) = (door.clone(), graceful.watcher());
                    let open = server.metrics.connection();
                    tokio::spawn(async move {
                        door.answer(stream, watcher).await;
                        drop((place, open));
                    });
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(cause = error.to_string(), "no more connections can be taken for now");
                    server.metrics.refused("sockets");
                    tokio::time::sleep(OUT_OF_SOCKETS).await;
                }
            }
        }
        server.stop();
        drop(self.socket);
        tokio::time::timeout(limits.grace, graceful.shutdown()).await.is_ok()
    }
}

/// Whether a failure to take a connection is about that one alone.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// What every connection goes through.
#[derive(Clone)]
struct Door {
    http: http1::Builder,
    tls: Option<TlsAcceptor>,
    app: Router,
    handshake_time: Duration,
}

impl Door {
    async fn answer(self, stream: TcpStream, watcher: Watcher) {
        // Answers are small and complete: nothing is won by waiting for more.
        let _ = stream.set_nodelay(true);
        match self.tls.clone() {
            None => self.speak(stream, watcher).await,
            Some(tls) => match tokio::time::timeout(self.handshake_time, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.speak(stream, watcher).await,
                Ok(Err(error)) => tracing::debug!(cause = error.to_string(), "no TLS handshake"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            },
        }
    }

    async fn speak(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, watcher: Watcher) {
        let service = self.app.map_request(|request: hyper::Request<Incoming>| request.map(Body::new));
        let connection = self.http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        // What ends a connection early (a client that leaves, a head that is too slow) is no news.
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(cause = error.to_string(), "a connection ended early");
        }
    }
}
