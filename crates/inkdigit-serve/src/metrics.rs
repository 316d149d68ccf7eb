//! What the server counts and measures, for Prometheus.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::models::{Catalogue, Changes};

/// The form that [`Metrics::text`] writes.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All that is counted and measured.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
    batch_images: Histogram,
    waiting_images: Gauge,
    refused: Family<Reason, Counter>,
    connections: Gauge,
    models: Family<Served, Gauge>,
    reloads: Family<Outcome, Counter>,
    up_since: Gauge<f64, AtomicU64>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Served {
    model: String,
    version: u64,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// From a tenth of a millisecond, what one digit takes, to the time limit's order of magnitude.
const SECONDS: [f64; 17] = [
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0,
    30.0,
];

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            batch_images: Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0]),
            waiting_images: Gauge::default(),
            refused: Family::default(),
            connections: Gauge::default(),
            models: Family::default(),
            reloads: Family::default(),
            up_since: Gauge::default(),
        };
        metrics.registered()
    }
}

impl Metrics {
    fn registered(mut self) -> Self {
        let registry = self.registry.sub_registry_with_prefix("inkdigit");
        registry.register(
            "requests",
            "Requests answered, by route, method and status",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "request",
            "Time from a request's head to its answer",
            Unit::Seconds,
            self.seconds.clone(),
        );
        registry.register(
            "batch_images",
            "Images that went through the network at once",
            self.batch_images.clone(),
        );
        registry.register("waiting_images", "Images that wait for the network", self.waiting_images.clone());
        registry.register("refused", "Requests and connections refused, by reason", self.refused.clone());
        registry.register("connections", "Open connections", self.connections.clone());
        registry.register("model", "1 for each version of a model that answers", self.models.clone());
        registry.register("model_reloads", "Models read while running, by outcome", self.reloads.clone());
        registry.register_with_unit(
            "start_time",
            "When the server started, in seconds since 1970",
            Unit::Seconds,
            self.up_since.clone(),
        );
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        self.up_since.set(now.as_secs_f64());
        self
    }

    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        self.requests.get_or_create(&Answered { method, route: route.into(), status }).inc();
        self.seconds.get_or_create(&Route { route: route.into() }).observe(took.as_secs_f64());
    }

    pub(crate) fn batch(&self, images: usize) {
        self.batch_images.observe(images as f64);
    }

    pub(crate) fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&Reason { reason }).inc();
    }

    /// Counts a connection until what is returned is dropped.
    pub(crate) fn connection(&self) -> OpenConnection {
        self.connections.inc();
        OpenConnection(self.connections.clone())
    }

    pub(crate) fn reloaded(&self, changes: &Changes) {
        let count = |outcome, count| {
            self.reloads.get_or_create(&Outcome { outcome }).inc_by(count as u64);
        };
        count("loaded", changes.loaded.len());
        count("failed", changes.failed.len());
        count("removed", changes.removed.len());
    }

    /// All of it, as Prometheus reads it.
    pub(crate) fn text(&self, catalogue: &Catalogue, waiting: usize) -> String {
        self.waiting_images.set(waiting as i64);
        self.models.clear();
        for (model, version, entry) in catalogue.all() {
            let served = Served { model: model.into(), version };
            self.models.get_or_create(&served).set(entry.loaded.is_some().into());
        }
        let mut out = String::new();
        text::encode(&mut out, &self.registry).expect("text is written into memory");
        out
    }
}

/// A connection that is counted as open.
#[derive(Debug)]
pub(crate) struct OpenConnection(Gauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}
