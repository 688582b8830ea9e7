struct Shape<T> {
    n: T,
}

trait Twice {
    fn twice(&self) -> u64;
}

impl Twice for Shape<u64> {
    fn twice(&self) -> u64 { // hits 1 in <shape::Shape<u64> as shape::Twice>::twice
        if self.n > 100 { // hits 1
            return 0; // hits 0
        }
        2 * self.n // hits 1
    }
}

fn main() { // hits 1 in shape::main
    let mut total = 0; // hits 1
    for i in 1..4 { // hits 1
        total += Shape { n: i }.twice(); // hits 1
    }
    let more = |n| n + total; // hits 1
    if more(1) > 1000 { // hits 1
        println!("never"); // hits 0
    }
}
