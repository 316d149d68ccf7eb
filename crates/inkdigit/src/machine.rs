//! What the machine is and how it is set, as far as the system tells: figures mean little without it.

use std::fs;

use serde::Serialize;

/// The machine that this runs on. `None` is what the system doesn't say.
///
/// ```
/// let machine = inkdigit::machine::Machine::look();
/// assert!(machine.threads > 0);
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: Option<String>,
    /// Cores, of which each may run several threads.
    pub cores: Option<usize>,
    /// Threads this program may run at once.
    pub threads: usize,
    /// The instruction set the kernels take.
    pub instruction_set: &'static str,
    /// The policy that sets the frequency: "performance", "powersave", ...
    pub governor: Option<String>,
    /// Whether the processor may exceed its nominal frequency.
    pub turbo: Option<bool>,
    /// Memory in bytes.
    pub memory: Option<u64>,
    /// The operating system.
    pub system: &'static str,
    /// The version of this program.
    pub version: &'static str,
}

impl Machine {
    /// Looks at the machine.
    pub fn look() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Self {
            cpu: field(&cpuinfo, "model name").or_else(|| field(&cpuinfo, "Model")),
            cores: cores(&cpuinfo),
            threads: threads(),
            instruction_set: inkdigit_nn::machine::instruction_set(),
            governor: setting("cpu0/cpufreq/scaling_governor"),
            turbo: turbo(),
            memory: field(&meminfo, "MemTotal").and_then(|text| kibibytes(&text)),
            system: std::env::consts::OS,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// Threads this program may run at once.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The first value of a field in a file of `name : value` lines.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_string())
    })
}

/// Different pairs of socket and core.
fn cores(cpuinfo: &str) -> Option<usize> {
    let mut pairs: Vec<(Option<String>, String)> = cpuinfo
        .split("\n\n")
        .filter_map(|block| Some((field(block, "physical id"), field(block, "core id")?)))
        .collect();
    pairs.sort();
    pairs.dedup();
    (!pairs.is_empty()).then_some(pairs.len())
}

fn kibibytes(text: &str) -> Option<u64> {
    text.strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

fn setting(name: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/sys/devices/system/cpu/{name}")).ok()?;
    Some(text.trim().to_string())
}

/// Intel's driver says whether turbo is off, the others whether boost is on.
fn turbo() -> Option<bool> {
    match setting("intel_pstate/no_turbo") {
        Some(off) => Some(off == "0"),
        None => setting("cpufreq/boost").map(|on| on == "1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_CORES: &str = "processor : 0\nmodel name\t: Some CPU @ 2.0GHz\nphysical id : 0\ncore id : 0\n\n\
        processor : 1\nphysical id : 0\ncore id : 0\n\nprocessor : 2\nphysical id : 0\ncore id : 1\n";

    #[test]
    fn cores_are_told_from_threads() {
        assert_eq!(cores(TWO_CORES), Some(2));
        assert_eq!(cores(""), None);
        assert_eq!(field(TWO_CORES, "model name").unwrap(), "Some CPU @ 2.0GHz");
    }

    #[test]
    fn memory_is_in_bytes() {
        assert_eq!(kibibytes("16 kB"), Some(16384));
        assert_eq!(kibibytes("16 parsecs"), None);
    }
}
