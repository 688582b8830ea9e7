// The first line is that of the function main which rustc --test writes.
pub fn twice(n: u64) -> u64 { // hits 1 in small::twice
    if n > 100 { // hits 1
        return 0; // hits 0
    }
    2 * n // hits 1
}

#[cfg(test)]
mod tests {
    #[test]
    fn doubles() {
        assert_eq!(super::twice(2), 4); // hits 1
    }
}
