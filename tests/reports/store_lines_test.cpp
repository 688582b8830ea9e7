// The lines that a store keeps of its runs: sets of numbers, each once; and stores that were made before there were any.
#include "replay/store/line_set.hpp"
#include "schema/log/packed_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/store_team.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

TEST_CASE("a set of lines comes back as it was, and what is none is empty", "[store]") {
  LineNumbers many;
  for (std::uint32_t line = 1; line < 30'000; line += 1 + line % 7) many.push_back(line);
  for (const LineNumbers& lines : {LineNumbers{}, LineNumbers{1}, LineNumbers{7, 8, 9, 4096}, many})
    CHECK(unpacked_lines(packed_lines(lines)) == lines);
  CHECK(packed_lines(many) == packed_lines(many));
  CHECK(packed_lines({kStoredLineMax, kStoredLineMax + 1}) == packed_lines({kStoredLineMax}));
  CHECK(unpacked_lines("").empty());
  CHECK(unpacked_lines("no set").empty());
  CHECK(unpacked_lines(zstd_packed(std::string(std::size_t{64} << 20, '\xff'))).empty());
  std::string cut = packed_lines(many);
  cut.resize(cut.size() / 2);
  CHECK(unpacked_lines(cut).empty());
}

TEST_CASE("the lines of a file stand beside its text, and equal sets stand once", "[store]") {
  const Team team;
  const std::string text = "1\n2\nf\ng\n";
  team.add({1, "aaaa", {{"A.x"}}, 1, "main", "", text});
  team.add({2, "bbbb", {{"A.x"}}, 1, "main", "", text});
  team.add({3, "cccc", {{"A.x"}}, 2, "main", "", text});
  team.add({4, "dddd", {{"A.x"}}, 2, "main", "", text + "5\n"});
  CHECK(query(team.store,
              "SELECT run_id, path, hash FROM text_lines JOIN file USING (file_id) JOIN source_text USING "
              "(text_id) ORDER BY run_id") == std::vector<Row>{{"1", "lib/a.c", "hash of " + text},
                                                               {"2", "lib/a.c", "hash of " + text},
                                                               {"3", "lib/a.c", "hash of " + text},
                                                               {"4", "lib/a.c", "hash of " + text + "5\n"}});
  CHECK(value(team.store, "SELECT count(*) FROM line_set") == "2");
  CHECK(query(team.store, "SELECT code = ran FROM text_lines ORDER BY run_id") ==
        std::vector<Row>{{"0"}, {"0"}, {"1"}, {"1"}});
}

TEST_CASE("lines without a text, or with one that was edited after the build, are counted only", "[store]") {
  const Team team;
  team.add({1, "aaaa", {{"A.x"}}});
  const std::string log = team.log({2, "bbbb", {{"A.x"}}, 1, "main", "", "1\n2\nf\ng\n"});
  tamper(log, "UPDATE trace_file_source SET newer = 1");
  REQUIRE(team.add(Team::Words{log}).status() == 0);
  CHECK(value(team.store, "SELECT count(*) FROM text_lines") == "0");
  CHECK(value(team.store, "SELECT count(*) FROM file_lines") == "2");
}

TEST_CASE("a store from before there were lines answers, and gets their tables when a run is added", "[store]") {
  const Team team;
  team.add({1, "aaaa", {{"A.x"}}, 1, "main", "", "1\n2\nf\ng\n"});
  tamper(team.store, "DROP TABLE text_lines; DROP TABLE line_set; DROP TABLE source_text");
  CHECK(team.ask({"history"}).size() == 1);
  CHECK(team.ask({"trend"})[0]["percent"] == 50.0);
  CHECK(value(team.store, "SELECT count(*) FROM sqlite_master WHERE name = 'text_lines'") == "0");
  team.add({2, "bbbb", {{"A.x"}}, 2, "main", "", "1\n2\nf\ng\n"});
  CHECK(query(team.store, "SELECT run_id FROM text_lines") == std::vector<Row>{{"2"}});
  CHECK(team.ask({"trend"})[0]["moved"] == 50.0);
}

TEST_CASE("a database of another kind gets no tables, and neither does a store of a newer version", "[store]") {
  const Team team;
  team.add({1, "aaaa", {{"A.x"}}});
  tamper(team.store, "DROP TABLE text_lines; PRAGMA user_version = 99");
  CHECK_THAT(team.add(Team::Words{team.log({2, "bbbb", {{"A.x"}}})}).errors,
             ContainsSubstring("was made by a newer version"));
  CHECK(value(team.store, "SELECT count(*) FROM sqlite_master WHERE name = 'text_lines'") == "0");
}

}  // namespace
}  // namespace recount::test
