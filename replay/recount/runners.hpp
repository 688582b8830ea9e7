// What the words of a command line say of how failures beneath it are meant: who runs tests, who asks questions.
//
//   const CommandLine line(words_of(argv));
//   line.runs_tests();      // ctest, automake's test-driver, meson test, prove, go test, cargo test, ...
//
// It is known by name alone; a program that nothing is known of has no part in it.
#pragma once

#include <string>
#include <vector>

namespace recount {

class CommandLine {
 public:
  explicit CommandLine(std::vector<std::string> words);

  const std::string& name() const noexcept { return name_; }  // of the program without folder; of a script's, its own
  const std::vector<std::string>& words() const noexcept { return words_; }

  bool decides() const;             // a shell or a make: its status is what its text makes of other statuses
  bool is_make() const;             // stops at a failure, unless it keeps_going()
  bool keeps_going() const;         // make -k
  bool collects() const;            // goes on after the failure of a child, and ends badly for it all the same
  bool runs_tests() const;          // each child is a test
  bool has_tests_inside() const;    // it is a test, and what it starts is expected to fail now and then
  bool asks() const;                // grep, test: a status other than 0 is an answer
  bool shows_difference() const;    // diff, or cmp that is not told to be silent
  bool probes() const;              // configure: what fails beneath it tells it what the machine has
  bool expects_failure() const;     // test-driver --expect-failure yes
  bool skips(int exit_code) const;  // of a runner: what that code of a test means
  // Whether the other's words are the end of its own: a driver that runs what it is given. An interpreter is not among them.
  bool was_given(const CommandLine& other) const;

 private:
  bool has(const std::string& word) const;
  std::size_t script_at() const;

  std::vector<std::string> words_;
  std::string name_;
};

}  // namespace recount
