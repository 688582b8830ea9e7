// What a program of Go writes, by its runtime and by its packages: as untraced, and in the log.
#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

const std::string kProgram = R"(package main

import (
	"fmt"
	"os"
	"sync"
)

func main() {
	println("by print")
	file, _ := os.Create(os.DevNull)
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for j := 0; j < 200; j++ {
				fmt.Fprintln(file, "elsewhere")
				fmt.Println("a line of one of eight")
			}
		}()
	}
	all.Wait()
	panic("at the end")
}
)";

TEST_CASE("what Go programs write is in the log, of all threads, to the panic") {
  if (!have("go")) return;
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db"), program = folder.file("program");
  write(folder.file("main.go"), kProgram);
  const bool is_pie = GENERATE(false, true);
  REQUIRE(
      run({.arguments = {"env", "CGO_ENABLED=0", "GOCACHE=" + folder.file("cache"), "GOFLAGS=-mod=mod", "go", "build",
                         is_pie ? "-buildmode=pie" : "-buildmode=exe", "-o", program, folder.file("main.go")}})
          .status() == 0);
  const Ending traced = record(log, {program}, "", {"--output=all"});
  CHECK(traced.status() == 2);
  CHECK(traced.output.size() == 1600 * std::string("a line of one of eight\n").size());
  CHECK_THAT(traced.errors, Catch::Matchers::StartsWith("by print\npanic: at the end\n"));
  check_nothing(check_output(log, traced));
  CHECK(value(log, "SELECT output_seen FROM process") == "1");
  CHECK(value(log,
              "SELECT count(*) FROM trace_event e JOIN trace_watch w ON w.watch_id = e.value "
              "WHERE e.kind = 49 AND w.kind >= 7") == value(log, "SELECT count(*) FROM output"));
}

}  // namespace
}  // namespace recount::test
