//! The file's nodes, one after the other: what each reads, whether it can be worked out now, and what it gives.

use super::attributes::{Attributes, wrong};
use super::call::Call;
use super::constants;
use super::functions::{domain_name, node_name, version_of};
use super::gelu;
use super::heads;
use super::importer::Importer;
use super::registry;
use super::value::{Flow, Value};
use crate::Result;
use crate::array::Files;
use crate::error::{Error, Problem};
use crate::imported::Head;
use crate::proto::{GraphProto, NodeProto};
use std::collections::HashMap;

/// The values of a file, node by node.
pub(super) struct Nodes {
    pub(super) importer: Importer,
    pub(super) values: HashMap<String, Value>,
    /// How often each value is read.
    pub(super) readers: HashMap<String, usize>,
}

/// How often each value is read, by nodes or as an output.
pub(super) fn readers(nodes: &[(NodeProto, usize)], graph: &GraphProto) -> HashMap<String, usize> {
    let mut readers = HashMap::new();
    let read = nodes.iter().flat_map(|(node, _)| &node.input).cloned();
    let given = graph.output.iter().map(|output| output.name().to_string());
    read.chain(given).for_each(|name| *readers.entry(name).or_insert(0) += 1);
    readers
}

impl Nodes {
    /// Takes one node.
    pub(super) fn run(
        &mut self,
        node: &NodeProto,
        opsets: &[(String, i64)],
        files: &mut Files<'_>,
    ) -> Result<()> {
        let domain = domain_name(node.domain());
        let op = node.op_type();
        let opset = version_of(opsets, domain);
        let name = node_name(node).to_string();
        let failed = |problem: Problem| Error::Node {
            node: name.clone(),
            op: if domain == "ai.onnx" { op.into() } else { format!("{domain}.{op}") },
            opset: opset.as_ref().copied().unwrap_or(0),
            source: Box::new(problem),
        };
        let opset = match &opset {
            Ok(opset) => *opset,
            Err(_) => return Err(failed(Problem::UnknownDomain { domain: domain.into() })),
        };
        let mut inputs = Vec::with_capacity(node.input.len());
        for value in &node.input {
            inputs.push(match value.as_str() {
                "" => None,
                value => Some(self.values.get(value).cloned().ok_or_else(|| Error::UndefinedValue {
                    node: format!("node {name}"),
                    value: value.into(),
                })?),
            });
        }
        let outputs = node.output.iter().filter(|name| !name.is_empty()).count();
        let call =
            Call { name: name.clone(), op, domain, opset, attributes: Attributes::of(node), inputs, outputs };
        let value = self.value(&call, files).map_err(&failed)?;
        call.attributes.finish().map_err(&failed)?;

        // What else a node could give (a mask, say) nobody needs: it is an error only where it is read.
        let Some(output) = node.output.first().filter(|name| !name.is_empty()) else { return Ok(()) };
        if let Value::Flow(flow) = &value
            && self.readers.get(output).is_some_and(|&readers| readers > 1)
        {
            self.importer.draft.share(flow.place);
        }
        if self.values.insert(output.clone(), value).is_some() {
            return Err(Error::DefinedTwice { value: output.clone(), by: format!("node {name}") });
        }
        Ok(())
    }

    /// What a node gives.
    fn value(&mut self, call: &Call, files: &mut Files<'_>) -> std::result::Result<Value, Problem> {
        if call.op == "Constant" && call.inputs.is_empty() {
            let array = call.attributes.constant(files)?;
            let array = array.ok_or_else(|| wrong("value", "missing", "a tensor or numbers"))?;
            return Ok(Value::known(array.into()));
        }
        let from_image = call.inputs.iter().flatten().any(|value| matches!(value, Value::Flow(_)));
        if !from_image && call.inputs.iter().any(Option::is_some) {
            let known =
                constants::evaluate(call, &mut self.importer.budget).ok_or(Problem::Unsupported {
                    what: format!("{} of nothing but constants", call.op),
                    remedy: "simplify the model first (constant folding)",
                })??;
            self.importer.budget.take(known.len())?;
            self.importer.note(call, "", "worked out from constants");
            return Ok(Value::known(known));
        }
        for value in call.inputs.iter().flatten() {
            if let Value::Flow(flow) = value
                && flow.head != Head::Logits
                && !heads::may_follow(call.op)
            {
                let what = format!("{} after {:?}", call.op, flow.head);
                return Err(Problem::Unsupported { what, remedy: "" });
            }
        }
        if call.inputs.iter().flatten().any(|value| matches!(value, Value::Flow(Flow { part: Some(_), .. })))
        {
            return gelu::follow(&mut self.importer, call).map(Value::Flow);
        }
        if let Some(known) = constants::known_of_flow(call, self.importer.nominal_batch) {
            self.importer.note(call, "", "worked out from constants");
            return Ok(Value::known(known?));
        }
        let importing = registry::importing(call.domain, call.op)?;
        importing(&mut self.importer, call).map(Value::Flow)
    }
}
