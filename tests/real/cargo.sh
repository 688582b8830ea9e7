#!/usr/bin/env bash
# cargo build and cargo test of a crate without dependencies: threads, a panic, child processes
# Needs: cargo cc
# Probes
# Same: s/[0-9.]+s$/TIME/; s/finished in [0-9.]+s/finished in TIME/; s/target\(s\) in .*/TIME/; s/[0-9a-f]{16}/HASH/g; s/\([0-9]+\) panicked/panicked/
# Unlike: target/*
prepare() {
  mkdir -p src tests
  printf '[package]\nname = "small"\nversion = "0.1.0"\nedition = "2021"\n' >Cargo.toml
  cat >src/lib.rs <<'RS'
pub fn fibonacci(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    fibonacci(n - 1) + fibonacci(n - 2)
}
#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn small() {
        assert_eq!(fibonacci(10), 55);
    }
    #[test]
    #[should_panic]
    fn panics() {
        assert_eq!(fibonacci(10), 56);
    }
    #[test]
    fn threads() {
        let all: Vec<_> = (0..16).map(|n| std::thread::spawn(move || fibonacci(n))).collect();
        assert_eq!(all.into_iter().map(|t| t.join().unwrap()).sum::<u64>(), 986 + 610);
    }
    #[test]
    fn processes() {
        let status = std::process::Command::new("sh").args(["-c", "exit 3"]).status().unwrap();
        assert_eq!(status.code(), Some(3));
    }
}
RS
  cat >src/main.rs <<'RS'
fn main() {
    println!("{}", small::fibonacci(20));
    std::process::exit(6);
}
RS
}
run() {
  cargo build --offline
  ./target/debug/small || echo "status $?"
  cargo test --offline -- --test-threads 2 2>&1 | sort
}
"$1"
