//! Operators that a file defines itself: each call is replaced by the nodes of its function.

use prost::Message;
use std::collections::HashMap;

use crate::error::{Error, Problem};
use crate::proto::{AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto};

/// The most nodes of a file, its functions' written out.
pub(super) const MOST_NODES: usize = 1 << 16;

/// How deep functions may call one another.
const DEEPEST: usize = 16;

/// The nodes of the graph with those of functions in their callers' place, and for each the versions that its
/// operators are of: an index into `opsets`.
pub(super) struct Inlined {
    pub(super) nodes: Vec<(NodeProto, usize)>,
    pub(super) opsets: Vec<Vec<(String, i64)>>,
}

/// ONNX's own domain has two names.
pub(super) fn domain_name(domain: &str) -> &str {
    if domain.is_empty() { "ai.onnx" } else { domain }
}

/// Domains with their versions; files of the first IR version name none and mean opset 1.
pub(super) fn versions(imports: &[OperatorSetIdProto]) -> Vec<(String, i64)> {
    if imports.is_empty() {
        return vec![("ai.onnx".into(), 1)];
    }
    let version =
        |import: &OperatorSetIdProto| (domain_name(import.domain()).to_string(), import.version.unwrap_or(1));
    imports.iter().map(version).collect()
}

/// Replaces calls of functions by their nodes, which may add up to `allowance` bytes.
pub(super) fn inline(model: &mut ModelProto, allowance: usize) -> Result<Inlined, Error> {
    let functions: HashMap<(String, String), FunctionProto> = std::mem::take(&mut model.functions)
        .into_iter()
        .map(|function| ((domain_name(function.domain()).to_string(), function.name().to_string()), function))
        .collect();
    let mut opsets = vec![versions(&model.opset_import)];
    let nodes =
        model.graph.as_mut().map_or_else(Vec::new, |graph: &mut GraphProto| std::mem::take(&mut graph.node));
    let mut inlined = Vec::new();
    let mut inliner = Inliner { functions: &functions, opsets: &mut opsets, allowance };
    for node in nodes {
        inliner.place(node, 0, 0, &mut inlined)?;
    }
    Ok(Inlined { nodes: inlined, opsets })
}

struct Inliner<'m> {
    functions: &'m HashMap<(String, String), FunctionProto>,
    opsets: &'m mut Vec<Vec<(String, i64)>>,
    /// Bytes that calls may still add.
    allowance: usize,
}

impl Inliner<'_> {
    fn place(
        &mut self,
        node: NodeProto,
        opset: usize,
        depth: usize,
        nodes: &mut Vec<(NodeProto, usize)>,
    ) -> Result<(), Error> {
        let key = (domain_name(node.domain()).to_string(), node.op_type().to_string());
        let Some(function) = self.functions.get(&key) else {
            if nodes.len() >= MOST_NODES {
                return Err(Error::TooLarge { what: "nodes:", found: nodes.len() + 1, limit: MOST_NODES });
            }
            nodes.push((node, opset));
            return Ok(());
        };
        if depth >= DEEPEST {
            let what = "functions that call functions, in a depth of";
            return Err(Error::TooLarge { what, found: depth + 1, limit: DEEPEST });
        }
        let bytes = function.encoded_len().max(64);
        let left = self.allowance.checked_sub(bytes);
        let too_large = || Error::TooLarge {
            what: "bytes of functions written out:",
            found: bytes,
            limit: self.allowance,
        };
        self.allowance = left.ok_or_else(too_large)?;
        self.opsets.push(versions(&function.opset_import));
        let inner_opset = self.opsets.len() - 1;

        // Names within the function are its own, but for what it is given and gives.
        let mut names: HashMap<&str, String> = HashMap::new();
        for (i, name) in function.input.iter().enumerate() {
            names.insert(name, node.input.get(i).cloned().unwrap_or_default());
        }
        for (name, given) in function.output.iter().zip(&node.output) {
            names.insert(name, given.clone());
        }
        let caller = node_name(&node);
        let rename = |name: &String| match names.get(name.as_str()) {
            _ if name.is_empty() => String::new(),
            Some(known) => known.clone(),
            None => format!("{caller}/{name}"),
        };
        for inner in &function.node {
            let mut inner = inner.clone();
            inner.name = Some(format!("{caller}/{}", node_name(&inner)));
            inner.input = inner.input.iter().map(rename).collect();
            inner.output = inner.output.iter().map(rename).collect();
            let mut attributes = Vec::new();
            for mut attribute in inner.attribute {
                if let Some(from) = attribute.ref_attr_name.take().filter(|name| !name.is_empty()) {
                    let given = node.attribute.iter().find(|given| given.name() == from);
                    let default = function.attribute_proto.iter().find(|default| default.name() == from);
                    // Neither given nor with a default: the operator has its own.
                    let Some(value) = given.or(default) else { continue };
                    attribute = AttributeProto { name: attribute.name, ..value.clone() };
                }
                attributes.push(attribute);
            }
            inner.attribute = attributes;
            self.place(inner, inner_opset, depth + 1, nodes)?;
        }
        Ok(())
    }
}

/// The version of an operator's domain, if the file says one.
pub(super) fn version_of(opsets: &[(String, i64)], domain: &str) -> Result<i64, Problem> {
    let found = opsets.iter().find(|(known, _)| known == domain_name(domain));
    found.map(|&(_, version)| version).ok_or_else(|| Problem::UnknownDomain { domain: domain.into() })
}

/// A node's name, or that of what it gives.
pub(super) fn node_name(node: &NodeProto) -> &str {
    match node.name() {
        "" => node.output.iter().find(|name| !name.is_empty()).map_or("", |name| name),
        name => name,
    }
}
