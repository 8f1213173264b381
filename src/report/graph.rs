//! The steps of a run in; a list, a DOT drawing or JSON of what waits for what out.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::{
    graph::{StepGraph, StepId, StepKind},
    text::{counted, printable},
};

/// One line per step, in the order in which they run, with what each waits for.
pub fn graph_text(graph: &StepGraph) -> String {
    let mut text = format!(
        "{}, in the order in which they run; a step starts when every step listed after \"after\" is complete\n",
        counted(graph.steps.len() as u64, "step")
    );
    let width = graph
        .steps
        .last()
        .map_or(0, |step| step.id.to_string().chars().count());
    for step in &graph.steps {
        let id = step.id.to_string();
        let _ = write!(text, "  {id:<width$}  {}", printable(&step.label()));
        if !step.needs.is_empty() {
            let _ = write!(text, "  (after {})", ranges(&step.needs));
        }
        text.push('\n');
        if let StepKind::Checkpoint { checkpoint } = &step.kind {
            let _ = writeln!(text, "  {:width$}    {}", "", printable(&checkpoint.say));
        }
    }
    text
}

/// `s0 to s4, s7`.
fn ranges(ids: &[StepId]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for id in ids {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(id.0) => *last = id.0,
            _ => runs.push((id.0, id.0)),
        }
    }
    let shown: Vec<String> = runs
        .into_iter()
        .map(|(first, last)| match last - first {
            0 => format!("s{first}"),
            1 => format!("s{first}, s{last}"),
            _ => format!("s{first} to s{last}"),
        })
        .collect();
    shown.join(", ")
}

/// The graph in the DOT language; `dot -Tsvg` draws it.
pub fn graph_dot(graph: &StepGraph) -> String {
    let mut text = "digraph rehome {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for step in &graph.steps {
        let shape = match step.kind {
            StepKind::Checkpoint { .. } => ", shape=octagon",
            StepKind::Prepared | StepKind::Wave { .. } => ", shape=ellipse",
            StepKind::Verify => ", shape=doublecircle",
            _ => "",
        };
        let _ = writeln!(
            text,
            "  {} [label=\"{}\"{shape}];",
            step.id,
            escaped(&step.label())
        );
    }
    for step in &graph.steps {
        for need in &step.needs {
            let _ = writeln!(text, "  {need} -> {};", step.id);
        }
    }
    text.push_str("}\n");
    text
}

fn escaped(label: &str) -> String {
    label
        .chars()
        .filter(|c| !c.is_control())
        .flat_map(|c| {
            let guard = matches!(c, '"' | '\\').then_some('\\');
            guard.into_iter().chain([c])
        })
        .collect()
}

/// Version 1: every step with its label and the ids of the steps it waits for.
pub fn graph_json(graph: &StepGraph) -> Value {
    let steps: Vec<Value> = graph
        .steps
        .iter()
        .map(|step| {
            let mut value = json!(step);
            value["label"] = json!(step.label());
            value
        })
        .collect();
    json!({ "version": 1, "steps": steps })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Step;
    use crate::model::{Side, TagName};

    fn tag(id: u32, name: &str, needs: &[u32]) -> Step {
        Step {
            id: StepId(id),
            kind: StepKind::Tag {
                side: Side::Site,
                tag: TagName::new(name),
            },
            needs: needs.iter().copied().map(StepId).collect(),
        }
    }

    #[test]
    fn many_steps_to_wait_for_are_said_as_ranges() {
        let ids: Vec<StepId> = [0, 1, 2, 5, 8, 9].map(StepId).into();
        assert_eq!(ranges(&ids), "s0 to s2, s5, s8, s9");
    }

    #[test]
    fn a_name_cannot_break_out_of_its_label() {
        let graph = StepGraph {
            steps: vec![tag(0, "a\"]; evil [\\\n", &[])],
        };
        let dot = graph_dot(&graph);
        assert!(
            dot.contains(r#"label="tag \"a\"]; evil [\\\" on the site""#),
            "{dot}"
        );
    }

    #[test]
    fn every_edge_is_drawn_once() {
        let graph = StepGraph {
            steps: vec![tag(0, "a", &[]), tag(1, "b", &[0]), tag(2, "c", &[0, 1])],
        };
        let dot = graph_dot(&graph);
        for edge in ["s0 -> s1;", "s0 -> s2;", "s1 -> s2;"] {
            assert_eq!(dot.matches(edge).count(), 1, "{edge}");
        }
    }
}
