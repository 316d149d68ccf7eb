//! The server as a program runs it: until it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::config::Config;
use crate::listen::Listener;
use crate::models::{ModelSource, Models, ModelsError};
use crate::server::Server;
use crate::tls::TlsError;

/// All that a program says of its server.
#[derive(Clone, Debug)]
pub struct Program {
    /// Where it listens; port 0 is any free one.
    pub address: SocketAddr,
    /// The files with the certificate and its key, for TLS.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Where models come from.
    pub sources: Vec<ModelSource>,
    /// How often the models' files are looked at; never, if that is zero.
    pub reload_every: Duration,
    /// How the server works.
    pub config: Config,
}

/// Why a server doesn't start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Its models can't be had.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// TLS can't be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Its address can't be listened at.
    #[error("can't listen at {address}: {cause}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
    /// The system has no threads or signals to give.
    #[error("the system doesn't give what a server needs: {0}")]
    System(#[from] io::Error),
}

/// Runs a server until the process gets SIGINT or SIGTERM (Ctrl-C elsewhere), then finishes what it took; SIGHUP
/// makes it look at its models at once. `started` is called with the address when it listens. Returns whether
/// all requests were finished.
///
/// # Errors
/// [`StartError`].
pub fn run(program: Program, started: impl FnOnce(SocketAddr)) -> Result<bool, StartError> {
    let models = Models::open(program.sources, &program.config)?;
    let grace = program.config.limits.grace;
    let server = Arc::new(Server::new(program.config, models)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let finished = runtime.block_on(async {
        let address = program.address;
        let mut listener =
            Listener::bind(address).await.map_err(|cause| StartError::Bind { address, cause })?;
        if let Some((cert, key)) = &program.tls {
            listener = listener.with_tls(cert, key)?;
        }
        let mut signals = Signals::new()?;
        tokio::spawn(keep_current(server.clone(), program.reload_every));
        started(listener.address()?);
        let finished = listener.serve(server.clone(), async { signals.stop().await }).await;
        Ok::<_, StartError>(finished)
    })?;
    // What still computes for clients that are gone isn't waited for.
    runtime.shutdown_timeout(if finished { grace } else { Duration::ZERO });
    Ok(finished)
}

/// Looks at the models' files now and then, and whenever SIGHUP asks for it.
async fn keep_current(server: Arc<Server>, every: Duration) {
    let mut asked = Hangup::new();
    let mut ticks = (!every.is_zero()).then(|| tokio::time::interval(every));
    if let Some(ticks) = &mut ticks {
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
    }
    loop {
        match &mut ticks {
            Some(ticks) => tokio::select! {
                _ = ticks.tick() => {}
                () = asked.next() => {}
            },
            None => asked.next().await,
        }
        let server = server.clone();
        let _changes = tokio::task::spawn_blocking(move || server.reload()).await;
    }
}

#[cfg(unix)]
mod signals {
    use std::io;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// What tells a server to stop.
    pub(super) struct Signals {
        interrupt: Signal,
        terminate: Signal,
    }

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            let [interrupt, terminate] = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
            Ok(Self { interrupt: interrupt?, terminate: terminate? })
        }

        pub(super) async fn stop(&mut self) {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
            }
        }
    }

    /// What tells a server to look at its models.
    pub(super) struct Hangup(Option<Signal>);

    impl Hangup {
        pub(super) fn new() -> Self {
            Self(signal(SignalKind::hangup()).ok())
        }

        pub(super) async fn next(&mut self) {
            match &mut self.0 {
                Some(signal) => {
                    signal.recv().await;
                }
                None => std::future::pending().await,
            }
        }
    }
}

#[cfg(not(unix))]
mod signals {
    use std::io;

    /// What tells a server to stop.
    pub(super) struct Signals;

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(super) async fn stop(&mut self) {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending().await
            }
        }
    }

    /// There is no such signal here.
    pub(super) struct Hangup;

    impl Hangup {
        pub(super) fn new() -> Self {
            Self
        }

        pub(super) async fn next(&mut self) {
            std::future::pending().await
        }
    }
}

use signals::{Hangup, Signals};
