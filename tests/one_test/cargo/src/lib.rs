// The main that the compiler writes for tests has line 1.
pub fn sum(a: i32, b: i32) -> i32 { // ran by: one-test, one_test, tests::adds, outside, adds_from_outside
    a + b // ran by: one-test, one_test, tests::adds, outside, adds_from_outside
} // ran by: one-test, one_test, tests::adds, outside, adds_from_outside

pub fn product(a: i32, b: i32) -> i32 { // ran by: one-test, one_test, tests::multiplies
    a * b // ran by: one-test, one_test, tests::multiplies
} // ran by: one-test, one_test, tests::multiplies

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        assert_eq!(super::sum(1, 2), 3); // ran by: one-test, one_test, tests::adds
    }

    #[test]
    fn multiplies() {
        assert_eq!(super::product(3, 2), 6); // ran by: one-test, one_test, tests::multiplies
    }
}
