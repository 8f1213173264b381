//! Bytes of exports in, records out.

mod batch;

pub use batch::{Row, RowBatch, RowTrouble};
