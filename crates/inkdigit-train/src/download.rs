//! Fetching MNIST: from several mirrors in turn, resumed where it broke off, checked, moved into place whole.
//!
//! Files are kept unpacked, since they are read far more often than fetched. While a file is under way, its
//! compressed part lies beside its place under a hidden name, locked against a second program.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use ureq::{Agent, http};

use crate::error::{Error, Result};
use inkdigit::atomic;

/// A file to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteFile<'a> {
    /// Its name, unpacked; mirrors add `.gz`.
    pub name: &'a str,
    /// The SHA-256 of its unpacked content, in hexadecimal. Mirrors compress differently.
    pub sha256: &'a str,
}

/// The four files of MNIST.
pub const MNIST: [RemoteFile; 4] = [
    RemoteFile {
        name: "train-images-idx3-ubyte",
        sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    RemoteFile {
        name: "train-labels-idx1-ubyte",
        sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    RemoteFile {
        name: "t10k-images-idx3-ubyte",
        sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    RemoteFile {
        name: "t10k-labels-idx1-ubyte",
        sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
];

/// Places that serve MNIST, in the order in which they are tried.
pub const MIRRORS: [&str; 2] =
    ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"];

/// No file here is nearly as large; a mirror that goes on and on shall not fill the disk.
const LARGEST: u64 = 256 << 20;

/// How often one mirror is asked to go on after it broke off.
const TRIES: usize = 3;

/// How far a download is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The file's name.
    pub file: &'a str,
    /// The mirror it comes from.
    pub mirror: &'a str,
    /// Compressed bytes here by now.
    pub received: u64,
    /// Compressed bytes in all, if the mirror says so.
    pub total: Option<u64>,
}

/// The user's folder for downloaded MNIST. It need not exist yet.
///
/// # Errors
/// [`Error::NoCacheFolder`].
pub fn cache_folder() -> Result<PathBuf> {
    use etcetera::BaseStrategy;
    let strategy = etcetera::choose_base_strategy().map_err(|_| Error::NoCacheFolder)?;
    Ok(strategy.cache_dir().join("inkdigit").join("mnist"))
}

/// Fetches `files` into `dir` from the first mirror that delivers each. Files that are there and right are
/// left alone; one that was broken off is resumed.
///
/// # Errors
/// [`Error::Download`] with what every mirror answered; [`Error::ChecksumMismatch`] if all delivered
/// something else; [`Error::Write`](inkdigit::Error::Write), [`Error::DiskFull`](inkdigit::Error::DiskFull).
pub fn fetch(
    files: &[RemoteFile],
    dir: &Path,
    mirrors: &[&str],
    progress: &mut dyn FnMut(&Progress),
) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(|cause| Error::write(dir, cause))?;
    let agent = Agent::new_with_config(
        Agent::config_builder()
            .http_status_as_error(false)
            // Ranges count the bytes as they are stored, so nothing may unpack them on the way.
            .accept_encoding("identity")
            .user_agent(concat!("inkdigit/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(15)))
            .timeout_recv_response(Some(Duration::from_secs(30)))
            .timeout_per_read(Some(Duration::from_secs(30)))
            .build(),
    );
    files.iter().try_for_each(|file| fetch_one(&agent, file, dir, mirrors, progress))
}

/// Whether `path` holds the content with this SHA-256.
///
/// # Errors
/// [`Error::Read`](inkdigit::Error::Read), [`Error::ChecksumMismatch`].
pub fn verify(path: &Path, sha256: &str) -> Result<()> {
    let content = std::fs::read(path).map_err(|cause| Error::read(path, cause))?;
    check(&path.display().to_string(), &content, sha256)
}

fn check(file: &str, content: &[u8], expected: &str) -> Result<()> {
    let found: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    if found.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(Error::ChecksumMismatch { file: file.into(), found, expected: expected.into() })
}

fn fetch_one(
    agent: &Agent,
    file: &RemoteFile,
    dir: &Path,
    mirrors: &[&str],
    progress: &mut dyn FnMut(&Progress),
) -> Result<()> {
    let target = dir.join(file.name);
    if verify(&target, file.sha256).is_ok() {
        return Ok(());
    }
    let part = Part::open(dir, file)?;
    // While this program waited for the lock, another may have fetched the file.
    if verify(&target, file.sha256).is_ok() {
        return Ok(());
    }
    let mut under_way = UnderWay { agent, file, part, attempts: Vec::new(), mismatch: None };
    for &mirror in mirrors {
        if let Some(content) = under_way.fetch(mirror, progress)? {
            atomic::write_file(&target, |out| out.write_all(&content))?;
            // A part that stays would only be resumed and found complete.
            let _ = std::fs::remove_file(&under_way.part.path);
            return Ok(());
        }
    }
    let UnderWay { attempts, mismatch, .. } = under_way;
    match mismatch {
        Some(mismatch) if attempts.len() == 1 || attempts.len() == mirrors.len() => Err(mismatch),
        _ => Err(Error::Download { file: file.name.into(), attempts }),
    }
}

/// The compressed part of a file that is here, locked against a second program.
struct Part {
    path: PathBuf,
    file: File,
}

impl Part {
    fn open(dir: &Path, file: &RemoteFile) -> Result<Self> {
        let path = dir.join(format!(".{}.gz.part", file.name));
        let failed = |cause| Error::write(&path, cause);
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = open.map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(Self { path, file })
    }

    fn failed(&self, cause: io::Error) -> Error {
        Error::write(&self.path, cause)
    }

    fn len(&self) -> Result<u64> {
        Ok(self.file.metadata().map_err(|cause| self.failed(cause))?.len())
    }
}

/// A file that is being fetched.
struct UnderWay<'a> {
    agent: &'a Agent,
    file: &'a RemoteFile<'a>,
    part: Part,
    /// What each mirror answered.
    attempts: Vec<String>,
    /// The last answer that was another file.
    mismatch: Option<Error>,
}

impl UnderWay<'_> {
    /// The file's content, unpacked, if this mirror delivers it.
    fn fetch(&mut self, mirror: &str, progress: &mut dyn FnMut(&Progress)) -> Result<Option<Vec<u8>>> {
        let Self { agent, file, part, attempts, mismatch } = self;
        let url = format!("{}/{}.gz", mirror.trim_end_matches('/'), file.name);
        for _ in 0..TRIES {
            let before = part.len()?;
            let mut report =
                |received, total| progress(&Progress { file: file.name, mirror, received, total });
            match transfer(agent, &url, &mut part.file, &mut report) {
                Err(Transfer::Disk(cause)) => return Err(part.failed(cause)),
                Err(Transfer::Network(answer)) => {
                    attempts.push(format!("{url} {answer}"));
                    if part.len()? <= before {
                        break; // no further than before: the next mirror, please
                    }
                }
                Ok(()) => match unpack(&url, &mut part.file, file.sha256) {
                    Ok(content) => return Ok(Some(content)),
                    Err(error) => {
                        part.file.set_len(0).map_err(|cause| part.failed(cause))?;
                        attempts.push(error.to_string());
                        *mismatch = Some(error);
                        if before == 0 {
                            break; // all of it came from here, so it won't get better
                        }
                    }
                },
            }
        }
        Ok(None)
    }
}

/// Why a transfer ended early.
enum Transfer {
    /// Another mirror may help.
    Network(String),
    /// None will.
    Disk(io::Error),
}

/// Appends what is missing to `part`, or fetches it anew from mirrors that don't know ranges.
fn transfer(
    agent: &Agent,
    url: &str,
    part: &mut File,
    report: &mut dyn FnMut(u64, Option<u64>),
) -> std::result::Result<(), Transfer> {
    let mut received = part.seek(SeekFrom::End(0)).map_err(Transfer::Disk)?;
    let mut request = agent.get(url);
    if received > 0 {
        request = request.header(http::header::RANGE, format!("bytes={received}-"));
    }
    let response = request.call().map_err(|error| Transfer::Network(format!("failed: {error}")))?;
    match response.status() {
        http::StatusCode::PARTIAL_CONTENT if resumes_at(&response, received) => {}
        // Nothing follows: the part was complete when the program was stopped.
        http::StatusCode::RANGE_NOT_SATISFIABLE if received > 0 => return Ok(()),
        http::StatusCode::OK => {
            part.set_len(0).map_err(Transfer::Disk)?;
            received = part.seek(SeekFrom::Start(0)).map_err(Transfer::Disk)?;
        }
        status => return Err(Transfer::Network(format!("answered {status}"))),
    }

    let total = response.body().content_length().map(|rest| received + rest);
    let mut body = response.into_body().into_with_config().limit(LARGEST).reader();
    let mut buffer = vec![0; 1 << 16];
    report(received, total);
    loop {
        let count = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) => {
                return Err(Transfer::Network(format!("broke off after {received} bytes: {error}")));
            }
        };
        part.write_all(&buffer[..count]).map_err(Transfer::Disk)?;
        received += count as u64;
        report(received, total);
    }
    match total {
        Some(total) if received < total => {
            Err(Transfer::Network(format!("broke off after {received} of {total} bytes")))
        }
        _ => Ok(()),
    }
}

fn resumes_at<B>(response: &http::Response<B>, start: u64) -> bool {
    let range = response.headers().get(http::header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {start}-")))
}

/// The unpacked content of `part`, if it is what it must be.
fn unpack(url: &str, part: &mut File, sha256: &str) -> Result<Vec<u8>> {
    let damaged = |source| Error::Gzip { file: url.into(), source };
    part.seek(SeekFrom::Start(0)).map_err(damaged)?;
    let mut packed = Vec::new();
    part.read_to_end(&mut packed).map_err(damaged)?;
    let mut content = Vec::new();
    if packed.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(&packed[..]).take(LARGEST).read_to_end(&mut content).map_err(damaged)?;
    } else {
        content = packed;
    }
    check(url, &content, sha256)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;
    use std::sync::{Arc, Mutex};

    use super::*;

    const CONTENT: &[u8] = b"sixty thousand digits, or what stands for them in a test";

    fn sha256(content: &[u8]) -> String {
        Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    /// How a test's mirror behaves.
    #[derive(Clone)]
    struct Mirror {
        body: Vec<u8>,
        found: bool,
        ranges: bool,
        /// Closes the connection after so many bytes of a body.
        breaks_after: usize,
    }

    impl Mirror {
        fn good() -> Self {
            Self { body: packed(CONTENT), found: true, ranges: true, breaks_after: usize::MAX }
        }

        /// Serves on a port of its own for as long as the test runs: its address, and the ranges asked for.
        fn serve(self) -> (String, Arc<Mutex<Vec<String>>>) {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = format!("http://{}/mnist/", listener.local_addr().unwrap());
            let asked = Arc::new(Mutex::new(Vec::new()));
            let log = asked.clone();
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    let _ = self.answer(stream.unwrap(), &log);
                }
            });
            (address, asked)
        }

        fn answer(&self, mut stream: std::net::TcpStream, log: &Mutex<Vec<String>>) -> io::Result<()> {
            let mut range = String::new();
            for line in BufReader::new(stream.try_clone()?).lines() {
                let line = line?.to_lowercase();
                if line.is_empty() {
                    break;
                }
                if let Some(value) = line.strip_prefix("range: ") {
                    range = value.to_string();
                }
            }
            log.lock().unwrap().push(range.clone());
            let start =
                range.strip_prefix("bytes=").and_then(|r| r.strip_suffix('-')).map(|r| r.parse().unwrap());
            let (status, extra, body) = match start {
                _ if !self.found => ("404 Not Found", String::new(), &b"no such file"[..]),
                Some(start) if self.ranges && start >= self.body.len() => {
                    ("416 Range Not Satisfiable", String::new(), &b""[..])
                }
                Some(start) if self.ranges => {
                    let (last, all) = (self.body.len() - 1, self.body.len());
                    let extra = format!("Content-Range: bytes {start}-{last}/{all}\r\n");
                    ("206 Partial Content", extra, &self.body[start..])
                }
                _ => ("200 OK", String::new(), &self.body[..]),
            };
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status}\r\n{extra}Content-Length: {length}\r\nConnection: close\r\n\r\n"
            )?;
            stream.write_all(&body[..length.min(self.breaks_after)])
        }
    }

    /// Fetches one file from the mirrors into `dir`.
    fn fetch_from(dir: &Path, mirrors: &[&str]) -> Result<Vec<u8>> {
        let sha256 = sha256(CONTENT);
        let file = RemoteFile { name: "digits", sha256: &sha256 };
        fetch(&[file], dir, mirrors, &mut |_| {})?;
        Ok(std::fs::read(dir.join("digits")).unwrap())
    }

    /// What lies in `dir`, hidden files included.
    fn names(dir: &Path) -> Vec<String> {
        let names = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn a_file_is_fetched_once_and_reported() {
        let dir = tempfile::tempdir().unwrap();
        let (mirror, asked) = Mirror::good().serve();
        let sha256 = sha256(CONTENT);
        let file = RemoteFile { name: "digits", sha256: &sha256 };
        let mut last = (0, None);
        let mut progress = |p: &Progress| last = (p.received, p.total);
        fetch(&[file], dir.path(), &[&mirror], &mut progress).unwrap();
        let size = packed(CONTENT).len() as u64;
        assert_eq!(last, (size, Some(size)));
        assert_eq!(names(dir.path()), ["digits"]);
        assert_eq!(fetch_from(dir.path(), &[&mirror]).unwrap(), CONTENT);
        assert_eq!(asked.lock().unwrap().len(), 1, "the second call found it there");
    }

    #[test]
    fn the_second_mirror_serves_where_the_first_has_nothing_or_is_gone() {
        let (empty, _) = Mirror { found: false, ..Mirror::good() }.serve();
        let (good, _) = Mirror::good().serve();
        for first in [&*empty, "http://127.0.0.1:1/"] {
            let dir = tempfile::tempdir().unwrap();
            assert_eq!(fetch_from(dir.path(), &[first, &good]).unwrap(), CONTENT);
        }
        let dir = tempfile::tempdir().unwrap();
        let error = fetch_from(dir.path(), &[&empty]).unwrap_err().to_string();
        assert!(error.contains("digits.gz answered 404"), "{error}");
    }

    #[test]
    fn what_broke_off_is_resumed() {
        let dir = tempfile::tempdir().unwrap();
        let (breaking, asked) = Mirror { breaks_after: 25, ..Mirror::good() }.serve();
        assert_eq!(fetch_from(dir.path(), &[&breaking]).unwrap(), CONTENT);
        assert_eq!(asked.lock().unwrap()[..], ["", "bytes=25-", "bytes=50-"]);
    }

    #[test]
    fn a_later_call_resumes_and_takes_a_finished_part_as_it_is() {
        let body = packed(CONTENT);
        for had in [10, body.len()] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join(".digits.gz.part"), &body[..had]).unwrap();
            let (mirror, asked) = Mirror::good().serve();
            assert_eq!(fetch_from(dir.path(), &[&mirror]).unwrap(), CONTENT);
            assert_eq!(asked.lock().unwrap()[..], [format!("bytes={had}-")]);
            assert_eq!(names(dir.path()), ["digits"]);
        }
    }

    #[test]
    fn a_mirror_without_ranges_starts_over() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(".digits.gz.part"), &packed(CONTENT)[..10]).unwrap();
        let (mirror, _) = Mirror { ranges: false, ..Mirror::good() }.serve();
        assert_eq!(fetch_from(dir.path(), &[&mirror]).unwrap(), CONTENT);
    }

    #[test]
    fn a_part_of_another_file_is_fetched_anew() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(".digits.gz.part"), b"something else").unwrap();
        let (mirror, asked) = Mirror::good().serve();
        assert_eq!(fetch_from(dir.path(), &[&mirror]).unwrap(), CONTENT);
        assert_eq!(asked.lock().unwrap()[..], ["bytes=14-", ""]);
    }

    #[test]
    fn other_content_is_refused_and_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (wrong, _) = Mirror { body: packed(b"other digits"), ..Mirror::good() }.serve();
        let error = fetch_from(dir.path(), &[&wrong]).unwrap_err();
        assert!(matches!(error, Error::ChecksumMismatch { .. }), "{error}");
        assert!(error.to_string().contains(&sha256(CONTENT)), "{error}");
        assert!(!dir.path().join("digits").exists());
        let (good, _) = Mirror::good().serve();
        assert_eq!(fetch_from(dir.path(), &[&wrong, &good]).unwrap(), CONTENT);
    }

    #[test]
    fn a_damaged_file_in_the_cache_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("digits"), b"damaged").unwrap();
        let (mirror, _) = Mirror::good().serve();
        assert_eq!(fetch_from(dir.path(), &[&mirror]).unwrap(), CONTENT);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, b"").unwrap();
        let error = fetch_from(&file.join("below"), &[]).unwrap_err();
        assert!(matches!(error, Error::Library(inkdigit::Error::Write { .. })), "{error}");
    }
}
