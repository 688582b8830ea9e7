// What a failed process said, as `failures` and `summary` print it.
//
//   const SaidText said(request, out, paint, history, stories, 3);    // behind three blanks
//   said.check(story);  ...  said.last_lines(story);
#pragma once

#include <iosfwd>
#include <string>

#include "replay/command/command.hpp"
#include "replay/reports/failure_story.hpp"

namespace recount {

class SaidText {
 public:
  SaidText(const Request& request, std::ostream& out, Paint paint, const History& history, const Stories& stories,
           std::size_t indent)
      : request_(request),
        out_(out),
        paint_(paint),
        history_(history),
        stories_(stories),
        indent_(std::string(indent, ' ')) {}

  void words(const Story& story) const;  // what it aborted with
  // The tests inside of it that failed, where a check failed, and what is around that line unless last_lines() shows it.
  void check(const Story& story) const;
  void last_lines(const Story& story) const;
  // All of it in a few lines, and where a crash was. Whether something of it is left out.
  bool in_short(const Story& story) const;

 private:
  using Lines = std::vector<OutputLine>;
  void failed_tests(const FailureOutput& said) const;
  static bool tells_why_tests_failed(const FailureOutput& said);
  void where(const Story& story) const;
  void place(const FailedCheck& check) const;
  void lines(const Lines& all, std::size_t from, const FailedCheck* check) const;
  std::string shown(const OutputLine& line) const;
  static bool is_at(const OutputLine& line, const FailedCheck* check);
  static bool are_shown_by(const FailureOutput& said, const FailedCheck& check);

  const Request& request_;
  std::ostream& out_;
  Paint paint_;
  const History& history_;
  const Stories& stories_;
  std::string indent_;
};

nlohmann::ordered_json said_json(const History& history, const Stories& stories, const FailureOutput& said);

}  // namespace recount
