//! One integration binary.

#[cfg(test)]
mod lumen;
