//! A configuration file as a tree, each part with its line. YAML is read into it, and JSON too, where models and
//! checkpoints hold configurations: what a configuration is made of is then read from this one form.

use std::collections::HashMap;
use std::fmt;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::mistake::Mistake;

/// A part of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Its line, counted from 1; 0 where nobody counted.
    pub(super) line: u64,
    pub(super) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Text, and whether it stands there without quotation marks: only then it may be a number, or nothing.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// Keys and values, in their order.
    Map(Vec<(Node, Node)>),
}

/// Deeper than any network is nested; the stack holds more.
const DEEPEST: usize = 100;

/// More than any configuration has: a few bytes of aliases can stand for any number of values.
const MOST_NODES: usize = 100_000;

/// The key whose value is a map, or a list of maps, with entries for those that aren't there.
const MERGE: &str = "<<";

impl Node {
    fn plain(text: impl Into<String>) -> Self {
        Self { line: 0, value: Value::Scalar { text: text.into(), plain: true } }
    }

    /// The document of a YAML file; nothing, if there is none. Tags mean nothing here.
    ///
    /// # Errors
    /// What isn't YAML, a key that is there twice, a second document.
    pub(super) fn parse(text: &str) -> Result<Self, Mistake> {
        let mut builder = Builder::default();
        let mut document = None;
        let mut parser = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| {
                // What ends too early ends where there is text for the last time.
                let last = text.trim_end().lines().count().max(1);
                Mistake::syntax(error.info()).at(error.marker().line().min(last) as u64)
            })?;
            let line = span.start.line() as u64;
            if matches!(event, Event::DocumentStart(_)) && document.is_some() {
                return Err(Mistake::syntax("a second document begins, expected one").at(line));
            }
            if let Some(node) = builder.take(event, span).map_err(|mistake| mistake.at(line))? {
                document = Some(node);
            }
        }
        Ok(document.unwrap_or_else(|| Self::plain("")))
    }

    /// Whether nothing stands there.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if matches!(&text[..], "" | "~" | "null" | "Null" | "NULL"))
    }

    /// How many nodes it is made of.
    fn size(&self) -> usize {
        match &self.value {
            Value::Scalar { .. } => 1,
            Value::List(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Value::Map(entries) => {
                1 + entries.iter().map(|(key, value)| key.size() + value.size()).sum::<usize>()
            }
        }
    }
}

/// Makes nodes of a parser's events.
#[derive(Default)]
struct Builder {
    /// Lists and maps that haven't ended, the innermost last.
    open: Vec<Open>,
    /// What has a name, by the parser's number of it.
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

struct Open {
    node: Node,
    anchor: usize,
    /// The key whose value is to come.
    key: Option<Node>,
}

impl Builder {
    /// Takes an event in. Gives the document, once it is whole.
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<Option<Node>, Mistake> {
        let line = span.start.line() as u64;
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => {
                (Value::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain }, anchor)
            }
            Event::SequenceStart(anchor, _) => return self.open(Value::List(Vec::new()), anchor, line),
            Event::MappingStart(anchor, _) => return self.open(Value::Map(Vec::new()), anchor, line),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { mut node, anchor, .. }) = self.open.pop() else { return Ok(None) };
                merge(&mut node)?;
                return self.close(node, anchor);
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => (node.value.clone(), 0),
                None => return Err(Mistake::syntax("an alias within what it stands for")),
            },
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => return Ok(None),
        };
        self.close(Node { line, value }, anchor)
    }

    fn open(&mut self, value: Value, anchor: usize, line: u64) -> Result<Option<Node>, Mistake> {
        if self.open.len() == DEEPEST {
            return Err(Mistake::syntax(&format!("nested deeper than the expected {DEEPEST} levels")));
        }
        self.open.push(Open { node: Node { line, value }, anchor, key: None });
        Ok(None)
    }

    /// Puts a node that is whole where it belongs.
    fn close(&mut self, node: Node, anchor: usize) -> Result<Option<Node>, Mistake> {
        self.nodes += node.size();
        if self.nodes > MOST_NODES {
            return Err(Mistake::syntax(&format!("more than the expected {MOST_NODES} values")));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(parent) = self.open.last_mut() else { return Ok(Some(node)) };
        match (&mut parent.node.value, parent.key.take()) {
            (Value::List(items), _) => items.push(node),
            (Value::Map(entries), Some(key)) => entries.push((key, node)),
            (Value::Map(entries), None) => {
                if let Some((key, _)) = entries.iter().find(|(key, _)| key.value == node.value) {
                    return Err(Mistake::syntax(&format!("duplicate mapping key: {key}")).at(node.line));
                }
                parent.key = Some(node);
            }
            (Value::Scalar { .. }, _) => {}
        }
        Ok(None)
    }
}

/// Puts the entries of a merge key's maps into the map that has it.
fn merge(node: &mut Node) -> Result<(), Mistake> {
    let Value::Map(entries) = &mut node.value else { return Ok(()) };
    let is_merge = |key: &Node| matches!(&key.value, Value::Scalar { text, plain: true } if text == MERGE);
    let Some(place) = entries.iter().position(|(key, _)| is_merge(key)) else { return Ok(()) };
    let (key, merged) = entries.remove(place);
    let sources = match merged.value {
        Value::List(maps) => maps,
        Value::Map(_) | Value::Scalar { .. } => vec![merged],
    };
    for source in sources {
        let Value::Map(others) = source.value else {
            return Err(Mistake::syntax(&format!("`{MERGE}` is followed by no map")).at(key.line));
        };
        for (key, value) in others {
            if entries.iter().all(|(known, _)| known.value != key.value) {
                entries.push((key, value));
            }
        }
    }
    Ok(())
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.value {
            Value::Scalar { text, .. } => text,
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        })
    }
}

impl<'de> Deserialize<'de> for Node {
    /// Takes in what another format holds, such as JSON.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain data")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::plain("null"))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::plain(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::plain(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::plain(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::plain(format!("{value:?}")))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node { line: 0, value: Value::Scalar { text: text.into(), plain: false } })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Node { line: 0, value: Value::List(items) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node { line: 0, value: Value::Map(entries) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> (Option<u64>, String) {
        let mistake = Node::parse(text).unwrap_err();
        (mistake.line, mistake.to_string())
    }

    #[test]
    fn aliases_and_merges_stand_for_what_they_name() {
        let plain = "a: {x: 1, y: 2}\nb: {x: 1, y: 2}\nc: {x: 3, y: 2}\n";
        let short = "a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, x: 3}\n";
        let json = |text: &str| super::super::write::yaml(&Node::parse(text).unwrap());
        assert_eq!(json(short).replace("y: 2\n  x: 3", "x: 3\n  y: 2"), json(short));
        let sorted = |text: &str| {
            let mut lines: Vec<_> = json(text).lines().map(str::to_string).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(short), sorted(plain));
        assert!(error("a: {<<: 3}").1.contains("no map"));
    }

    #[test]
    fn what_would_fill_memory_or_the_stack_is_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_string();
        for level in 1..9 {
            let alias = format!("*a{}", level - 1);
            bomb += &format!("a{level}: &a{level} [{}]\n", [&alias[..]; 10].join(", "));
        }
        assert!(error(&bomb).1.contains("more than the expected 100000 values"));
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Node::parse(&deep(DEEPEST)).is_ok());
        let (line, cause) = error(&format!("# deep\n{}", deep(DEEPEST + 1)));
        assert!(line == Some(2) && cause.contains("nested deeper"), "{cause}");
        assert!(error(&"[".repeat(100_000)).0.is_some());
        assert!(error("a: &a [*a]").1.contains("alias"));
    }
}
