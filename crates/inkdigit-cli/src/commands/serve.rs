//! `inkdigit serve`: digits over HTTP.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use inkdigit::model::ScaleRule;
use inkdigit_serve::{Batching, Config, Limits, ModelSource, Program, Token};
use tracing::level_filters::LevelFilter;

use crate::args::ScaleArgs;
use crate::examples;
use crate::output::{self, Usage};

/// The variable that may hold the token, for those who don't want a file.
const TOKEN_VARIABLE: &str = "INKDIGIT_TOKEN";

/// Serves the recognizer over HTTP, with a page to draw on
///
/// Reads digits and pages for browsers and programs: its own interface (POST a picture to /v1/predict or
/// /v1/read), the Open Inference Protocol v2 (as Triton and KServe) and TensorFlow Serving's REST. A page to draw
/// on is at /, a description of all interfaces with a page to try them at /docs, Prometheus metrics at /metrics.
/// Models are looked at every second and exchanged while it runs. Ctrl-C or SIGTERM finishes what was begun and
/// stops; SIGHUP looks at the models at once.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::SERVE)]
pub(crate) struct Args {
    /// Address to listen at; 0.0.0.0 or :: lets other machines in.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,

    /// Port to listen at; 0 for any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,

    /// A model to serve, as other commands take it, under its file's or folder's name or another. May be given
    /// several times; the first answers where none is asked for.
    #[arg(long = "model", value_name = "[NAME=]MODEL")]
    models: Vec<String>,

    /// A folder of models with their versions, DIR/NAME/VERSION/model.onnx, as `inkdigit export --to DIR/NAME`
    /// writes them. All are served.
    #[arg(long = "models", value_name = "DIR")]
    folders: Vec<PathBuf>,

    #[command(flatten)]
    scale: ScaleArgs,

    /// Seconds between looks at the models' files; 0 to look at SIGHUP alone.
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    reload_every: f64,

    /// Call what is less probable than this no digit: 0 for nothing. Unless told otherwise it is 0.7, and 0.5 for what
    /// was found among other things.
    #[arg(long, value_name = "P")]
    reject_below: Option<f32>,

    /// File with a token that every request must show (`Authorization: Bearer TOKEN`), pages and health checks
    /// aside. The variable INKDIGIT_TOKEN may hold it instead.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// Origin whose pages may call the server from a browser, as https://example.org; `*` for all. May be given
    /// several times.
    #[arg(long, value_name = "ORIGIN")]
    cors: Vec<String>,

    /// Certificate for TLS, with its chain, in PEM form.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The certificate's private key, in PEM form.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    #[command(flatten)]
    limits: LimitArgs,

    #[command(flatten)]
    batching: BatchingArgs,

    #[command(flatten)]
    log: LogArgs,
}

/// How much the server takes before it refuses.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Limits")]
struct LimitArgs {
    /// Bytes of one request's body.
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().max_body)]
    max_body: usize,

    /// Pixels of a picture.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_pixels)]
    max_pixels: u64,

    /// Pictures in one request.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_pictures)]
    max_pictures: usize,

    /// Connections open at once.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_connections)]
    max_connections: usize,

    /// Seconds from a request's first line to its answer.
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().request_time.as_secs_f64(), value_parser = seconds)]
    request_time: f64,

    /// Seconds a connection may lie idle or take for a request's head.
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().header_time.as_secs_f64(), value_parser = seconds)]
    idle_time: f64,

    /// Seconds that requests under way have to finish when the server is told to stop.
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().grace.as_secs_f64(), value_parser = seconds)]
    grace: f64,
}

/// How digits of different requests go through the network together.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Batching")]
struct BatchingArgs {
    /// The most digits that go through the network at once.
    #[arg(long, value_name = "N", default_value_t = Batching::default().max_images)]
    batch_size: usize,

    /// Milliseconds that a digit waits for others to go with.
    #[arg(long, value_name = "MS", default_value_t = 0.0, value_parser = seconds)]
    batch_delay: f64,

    /// Digits that may wait; who comes later is told to come again (503).
    #[arg(long, value_name = "N", default_value_t = Batching::default().queue)]
    queue: usize,

    /// Threads that compute; 0 for one for each core.
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
}

/// What the server says of itself, on stderr.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Log")]
struct LogArgs {
    /// The form of the log.
    #[arg(long, value_enum, default_value = "text")]
    log_format: LogFormat,

    /// How much is logged.
    #[arg(long, value_enum, default_value = "info")]
    log_level: LogLevel,

    /// Log each request, and not only what went wrong.
    #[arg(long)]
    access_log: bool,
}

/// Forms of the log.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object for each line.
    Json,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// And what looks wrong.
    Warn,
    /// And what changes.
    Info,
    /// And how connections end.
    Debug,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    let program = program(&args)?;
    start_log(&args.log);
    let scheme = if args.tls_cert.is_some() { "https" } else { "http" };
    let started = |address: SocketAddr| {
        // Who started the server may have stopped listening to it; it serves all the same.
        let _ = output::line(format_args!("listening at {scheme}://{address}"));
    };
    let finished = inkdigit_serve::run(program, started)?;
    if !finished {
        output::note("stopped before all requests were finished; --grace gives them longer");
    }
    Ok(())
}

fn program(args: &Args) -> Result<Program> {
    if let Some(found) = args.reject_below.filter(|p| !(0.0..=1.0).contains(p)) {
        return Err(Usage(format!("--reject-below is {found}, expected a probability from 0 to 1")).into());
    }
    let named = args.models.iter().map(|text| source(text));
    let sources = named.chain(args.folders.iter().cloned().map(ModelSource::Folder)).collect();
    let LimitArgs { max_body, max_pixels, max_pictures, max_connections, .. } = args.limits;
    let limits = Limits {
        max_body,
        max_pixels,
        max_pictures,
        max_connections,
        request_time: Duration::from_secs_f64(args.limits.request_time),
        header_time: Duration::from_secs_f64(args.limits.idle_time),
        grace: Duration::from_secs_f64(args.limits.grace),
        ..Limits::default()
    };
    let batching = Batching {
        max_images: args.batching.batch_size.max(1),
        delay: Duration::from_secs_f64(args.batching.batch_delay / 1e3),
        queue: args.batching.queue,
        threads: args.batching.threads,
    };
    Ok(Program {
        address: SocketAddr::new(args.bind, args.port),
        tls: args.tls_cert.clone().zip(args.tls_key.clone()),
        sources,
        reload_every: Duration::from_secs_f64(args.reload_every),
        config: Config {
            limits,
            batching,
            token: token(args.token_file.as_deref())?,
            cors: args.cors.clone(),
            reject_below: args.reject_below,
            scale: args.scale.input_scale.map_or(ScaleRule::File, ScaleRule::FileOr),
            access_log: args.log.access_log,
        },
    })
}

/// `NAME=MODEL`, or a model that is served under its own name.
fn source(text: &str) -> ModelSource {
    if let Some((name, place)) = text.split_once('=').filter(|(name, _)| !name.contains(['/', '.'])) {
        return ModelSource::Named { name: name.into(), place: place.into() };
    }
    let path = Path::new(text.split('@').next().unwrap_or(text));
    let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
    ModelSource::Named { name: name.unwrap_or_default().to_string_lossy().into_owned(), place: text.into() }
}

fn token(file: Option<&Path>) -> Result<Option<Token>> {
    let (text, place) = match (file, std::env::var(TOKEN_VARIABLE)) {
        (Some(file), _) => {
            let text = std::fs::read_to_string(file);
            let place = file.display().to_string();
            (text.with_context(|| format!("cannot read the token in {place}"))?, place)
        }
        (None, Ok(text)) => (text, TOKEN_VARIABLE.into()),
        (None, Err(_)) => return Ok(None),
    };
    match Token::new(&text) {
        Some(token) => Ok(Some(token)),
        None => {
            Err(Usage(format!("{place} holds no token, expected letters, digits and signs without blanks"))
                .into())
        }
    }
}

fn start_log(args: &LogArgs) {
    let level = match args.log_level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let colours = io::IsTerminal::is_terminal(&io::stderr()) && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(level).with_target(false);
    match args.log_format {
        LogFormat::Text => log.with_ansi(colours).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=1e9).contains(&number) => Ok(number),
        _ => Err(format!("found {text:?}, expected a number from 0 on")),
    }
}
