// The prompt for SQL: as a script's reader, and at a terminal.
#include <filesystem>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/query.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

struct Eventful {
  Eventful() { write_eventful_log(path); }
  Ending shell(const std::string& input, std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {RECOUNT_REPLAY, "shell", path});
    return run({.arguments = options, .input = input});
  }
  TemporaryFolder folder;
  const std::string path = folder.file("run.db");
};

std::string answer_of_query(const std::string& path, const std::string& statement) {
  return run({.arguments = {RECOUNT_REPLAY, "query", path, statement}}).output;
}

TEST_CASE("a script's statements are answered as query does, without a prompt", "[shell]") {
  const Eventful log;
  const Ending ending =
      log.shell("SELECT pid\nFROM process\nORDER BY pid;\n\n-- nothing\n;\n@execs\n.mode csv\nSELECT 1 AS n");
  CHECK(ending.errors == "");
  CHECK(ending.status() == 0);
  CHECK(ending.output == answer_of_query(log.path, "SELECT pid FROM process ORDER BY pid") +
                             answer_of_query(log.path, "@execs") + "n\n1\n");
}

TEST_CASE("each view says the same when it is asked again", "[shell]") {
  const Eventful log;
  std::istringstream views(run({.arguments = {RECOUNT_REPLAY, "schema"}}).output);
  std::string script, expected;
  for (std::string line; std::getline(views, line);) {
    const std::string statement = "SELECT * FROM " + line.substr(0, line.find(' '));
    script += statement + ";\n" + statement + ";\n";
    const std::string answer = answer_of_query(log.path, statement);
    expected += answer + answer;
  }
  const Ending ending = log.shell(script);
  CHECK(ending.errors == "");
  CHECK(ending.output == expected);
}

TEST_CASE("a script goes on after a statement that fails, unless it is told not to", "[shell]") {
  const Eventful log;
  const std::string script = "SELECT 1 AS one;\nSELECT\n exitcode FROM process;\n.nix\n@slowst\nSELECT 2 AS two;\n";
  const Ending ending = log.shell(script);
  CHECK(ending.status() == 2);
  CHECK(ending.output == "one\n---\n  1\ntwo\n---\n  2\n");
  CHECK(ending.errors ==
        "recount-replay: line 2: the statement is wrong in line 2: no such column: exitcode; did you mean exit_code?\n"
        "recount-replay: line 4: there is no .nix; .help tells what there is\n"
        "recount-replay: line 5: there is no query @slowst; did you mean @slowest?; query --list names them all\n");
  const Ending bailed = log.shell(script, {"--bail"});
  CHECK(bailed.status() == 2);
  CHECK(bailed.output == "one\n---\n  1\n");
}

TEST_CASE("query says as well what a name may have meant", "[shell]") {
  const Eventful log;
  const auto complaint = [&](const std::string& statement) {
    return run({.arguments = {RECOUNT_REPLAY, "query", log.path, statement}}).errors;
  };
  CHECK_THAT(complaint("SELECT p.exitcode FROM process p"), ContainsSubstring("did you mean exit_code?"));
  CHECK_THAT(complaint("SELECT * FROM proces"), ContainsSubstring("did you mean process?"));
  CHECK_THAT(complaint("SELECT zzzzzz FROM process"), !ContainsSubstring("did you mean"));
  CHECK_THAT(complaint("SELECT percent FROM process"), !ContainsSubstring("did you mean percent"));
}

TEST_CASE("a shell only reads", "[shell]") {
  const Eventful log;
  const Ending ending = log.shell(
      "SELECT * FROM process LIMIT 0;\nDROP TABLE temp.process;\nDELETE FROM process;\nPRAGMA query_only = OFF;\n"
      "SELECT count(*) AS n FROM process;\n");
  CHECK_THAT(ending.errors,
             ContainsSubstring("line 2: CREATE, DROP") || ContainsSubstring("line 2: DELETE is refused"));
  CHECK_THAT(ending.errors,
             ContainsSubstring("line 3: DELETE is refused") && ContainsSubstring("line 4: PRAGMA is refused"));
  CHECK_THAT(ending.output, Catch::Matchers::EndsWith("n\n-\n5\n"));
}

TEST_CASE("what there is to ask can be asked", "[shell]") {
  const Eventful log;
  const auto said = [](const std::vector<std::string>& words) {
    std::vector<std::string> all{RECOUNT_REPLAY};
    all.insert(all.end(), words.begin(), words.end());
    return run({.arguments = all}).output;
  };
  CHECK(log.shell(".tables\n").output == said({"schema"}));
  CHECK(log.shell(".schema process\n").output == said({"schema", "process"}));
  CHECK(log.shell(".queries\n").output == said({"query", "--list"}));
  CHECK(log.shell(".quit\nSELECT 1;\n").output == "");
  CHECK_THAT(log.shell(".schema nix\n").errors, ContainsSubstring("there is no view nix"));
  CHECK_THAT(log.shell(".mode xml\n").errors, ContainsSubstring("unknown format xml, there is text, json"));
}

// --- at a terminal ---

struct AtTerminal : Eventful {
  Command command() const {
    return {.arguments = {RECOUNT_REPLAY, "shell", path},
            .environment = {"TERM=xterm", "XDG_STATE_HOME=" + folder.file("state")}};
  }
  static bool prompts(Terminal& terminal, const char* prompt = "recount> ") {
    return terminal.shows(prompt) && terminal.gets_keys();
  }
};

TEST_CASE("at a terminal there is a prompt, completion and a history", "[shell]") {
  const AtTerminal log;
  {
    Terminal terminal(log.command());
    REQUIRE(AtTerminal::prompts(terminal));
    terminal.type("SELECT count(*) AS total FROM process_an\t;\n");
    REQUIRE(terminal.shows("cestor"));  // what Tab has added
    REQUIRE(terminal.shows("-----"));
    REQUIRE(AtTerminal::prompts(terminal));
    terminal.type("@exe\t\n");
    REQUIRE(terminal.shows("/bin/new"));
    REQUIRE(AtTerminal::prompts(terminal));
    terminal.type("SELECT\n");
    REQUIRE(AtTerminal::prompts(terminal, "...> "));
    terminal.type("7 AS seven;\n");
    REQUIRE(terminal.shows("seven\r\n"));
    REQUIRE(AtTerminal::prompts(terminal));
    terminal.type("\x04");
    CHECK(terminal.wait() == 0);
  }
  Terminal again(log.command());
  REQUIRE(AtTerminal::prompts(again));
  again.type("\x1b[A\n");
  CHECK(again.shows("7 AS seven;"));
}

TEST_CASE("Ctrl-C gives up a line or ends a question, and not the shell", "[shell]") {
  const AtTerminal log;
  Terminal terminal(log.command());
  REQUIRE(AtTerminal::prompts(terminal));
  terminal.type("SELECT nonsense");
  REQUIRE(terminal.shows("nonsense"));
  terminal.type("\x03");
  REQUIRE(AtTerminal::prompts(terminal));
  terminal.type("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c;\n");
  REQUIRE(terminal.shows("FROM c;\r\n"));
  terminal.type("\x03");
  REQUIRE(terminal.shows("interrupted"));
  REQUIRE(AtTerminal::prompts(terminal));
  terminal.type("SELECT 'still ' || 'there' AS t;\n");
  CHECK(terminal.shows("still there"));
}

}  // namespace
}  // namespace recount::test
