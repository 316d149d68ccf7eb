//! Which lane each value takes that is read later than by the next layer.

use std::collections::HashMap;

use inkdigit_nn::{Graph, Value};

use super::{Way, ways};

/// The lanes beside a graph's column, counted from the inside.
pub(super) struct Lanes {
    of: HashMap<Value, usize>,
    count: usize,
}

impl Lanes {
    /// One lane for each value that is needed later, shared by all that read it there. Values that are needed
    /// for a short while take the inner lanes, so lines that lie within others don't cross them.
    pub(super) fn new(graph: &Graph) -> Self {
        // From the layer that gives a value to the last one that takes it from its lane.
        let mut spans: HashMap<Value, usize> = HashMap::new();
        for (index, node) in graph.nodes().iter().enumerate() {
            for (value, _) in ways(index, node).filter(|(_, way)| *way != Way::Straight) {
                spans.insert(value, index + 1);
            }
        }
        let start = |value: Value| value.node().map_or(0, |node| node + 1);
        let mut spans: Vec<(Value, usize, usize)> =
            spans.into_iter().map(|(value, end)| (value, start(value), end)).collect();
        spans.sort_unstable_by_key(|&(_, start, end)| (end - start, start));
        let mut lanes: Vec<Vec<(usize, usize)>> = Vec::new();
        let mut of = HashMap::new();
        for (value, start, end) in spans {
            let free = |lane: &Vec<(usize, usize)>| lane.iter().all(|&(s, e)| end <= s || e <= start);
            let lane = lanes.iter().position(free).unwrap_or_else(|| {
                lanes.push(Vec::new());
                lanes.len() - 1
            });
            lanes[lane].push((start, end));
            of.insert(value, lane);
        }
        Self { of, count: lanes.len() }
    }

    /// The lane of a value.
    ///
    /// # Panics
    /// If it is read by the next layer alone.
    pub(super) fn of(&self, value: Value) -> usize {
        self.of[&value]
    }

    /// How many lanes there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}
