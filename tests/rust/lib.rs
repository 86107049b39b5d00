//! What the test programs share: PyTorch's reference numbers, comparisons that say what is wrong, networks filled from them.

pub mod compare;
pub mod fixture;
pub mod hash;
pub mod reference;
pub mod runs;
pub mod small;
