//! The counter counts; alone in its file, since the whole process is counted.

use lockgate_bench::allocations::allocations_during;
use std::hint::black_box;

#[test]
fn each_allocation_and_each_growth_counts_and_plain_work_does_not() {
    assert_eq!(allocations_during(|| drop(black_box(Box::new(7_u64)))), 1);
    let mut list: Vec<u64> = Vec::with_capacity(4);
    assert_eq!(allocations_during(|| list.extend([1, 2, 3, 4])), 0);
    assert_eq!(allocations_during(|| list.push(5)), 1);
    assert_eq!(allocations_during(|| list.sort_unstable()), 0);
}
