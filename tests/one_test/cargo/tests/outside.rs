#[test]
fn adds_from_outside() {
    assert_eq!(one_test::sum(2, 2), 4); // ran by: outside, adds_from_outside
}
