//! The program `inkdigit`.
fn main() {}
