//! A graph in, its nodes in one total, stable order out.

use std::{cmp::Reverse, collections::BinaryHeap};

use petgraph::{Direction, graph::DiGraph, graph::NodeIndex};

/// Every node after all that it needs (edges run from the needed to the needing node); among those
/// that could come next, the one added first. Nodes of a cycle come last, in the order in which
/// they were added.
pub(super) fn order<N>(graph: &DiGraph<N, ()>) -> Vec<NodeIndex> {
    let mut missing: Vec<usize> = graph
        .node_indices()
        .map(|node| graph.edges_directed(node, Direction::Incoming).count())
        .collect();
    let mut ready: BinaryHeap<Reverse<NodeIndex>> = graph
        .node_indices()
        .filter(|node| missing[node.index()] == 0)
        .map(Reverse)
        .collect();
    let mut order = Vec::with_capacity(graph.node_count());
    let mut placed = vec![false; graph.node_count()];
    while let Some(Reverse(node)) = ready.pop() {
        placed[node.index()] = true;
        order.push(node);
        for next in graph.neighbors_directed(node, Direction::Outgoing) {
            missing[next.index()] -= 1;
            if missing[next.index()] == 0 {
                ready.push(Reverse(next));
            }
        }
    }
    order.extend(graph.node_indices().filter(|node| !placed[node.index()]));
    order
}
