package main

type shape struct{ n int }

func (s *shape) twice() int { // hits 1
	if s.n > 100 { // hits 1
		return 0 // hits 0
	}
	return 2 * s.n // hits 1
}

func main() { // hits 1 in main.main
	total := 0                // hits 1
	for i := 1; i <= 3; i++ { // hits 1
		s := shape{i}      // hits 1
		total += s.twice() // hits 1
	}
	if total > 1000 { // hits 1
		println("never") // hits 0
	}
}
