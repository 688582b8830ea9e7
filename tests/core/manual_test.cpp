// The tables of schema/README.md say of each kind of action what its columns are: they are made from the description that stands
// beside its struct, and this test holds them to it.
//
// After a change: RECOUNT_REWRITE_MANUAL=1 writes the new table, to be reviewed as a diff.
#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include "tests/support/catch.hpp"

#include "schema/vocabulary/action.hpp"
#include "schema/vocabulary/observation.hpp"

namespace recount::test {
namespace {

const std::string kManual = std::string(RECOUNT_SOURCES) + "/schema/README.md";
const std::string kHead = "| kind | word | address | value | exec_id |\n|---|---|---|---|---|\n";

std::string read(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string cell(const std::string& text) { return text.empty() ? " |" : " " + text + " |"; }

using Cells = std::array<std::string, 3>;  // by Column

template <typename Any>
Cells cells_of(const Any& what) {
  Cells cells;
  const auto add = [&](const ColumnText& column, const auto&) {
    cells[static_cast<std::size_t>(column.column)] = column.meaning;
  };
  std::visit([&](const auto& of_kind) { columns(of_kind, add); }, what);
  return cells;
}

std::string row_of(const EventKindName& kind, const act::Any& what) {
  const Cells cells = cells_of(what);
  return "|" + cell(std::to_string(static_cast<int>(kind.kind))) + cell("`" + std::string(kind.name) + "`") +
         cell(cells[0]) + cell(cells[1]) + cell(cells[2]) + "\n";
}

std::string table_of_actions() {
  std::map<EventKind, std::string> rows;
  for (const EventKindName& kind : kEventKinds)
    if (const auto what = action_of(kind.kind)) rows[kind.kind] = row_of(kind, *what);
  std::string table = kHead;
  for (const auto& [kind, row] : rows) table += row;
  return table;
}

TEST_CASE("the manual's table of actions is that of the code", "[manual]") {
  const std::string manual = read(kManual), table = table_of_actions();
  const std::size_t begin = manual.find(kHead);
  REQUIRE(begin != std::string::npos);
  const std::size_t end = manual.find("\n\n", begin) + 1;
  if (std::getenv("RECOUNT_REWRITE_MANUAL")) {
    std::ofstream(kManual) << manual.substr(0, begin) + table + manual.substr(end);
    WARN("rewritten: " << kManual);
    return;
  }
  CHECK(manual.substr(begin, end - begin) == table);
}

// Several kinds may share a row, and the last column is prose: which tables have more of it.
TEST_CASE("the manual's table of observations has what the code says of each column", "[manual]") {
  const std::string manual = read(kManual);
  for (const EventKindName& kind : kEventKinds) {
    const auto what = observation_of(kind.kind);
    if (!what) continue;
    INFO(kind.name);
    const std::size_t name = manual.find("`" + std::string(kind.name) + "`", manual.find("### Observations"));
    REQUIRE(name != std::string::npos);
    const std::size_t begin = manual.find(" |", name) + 2;
    const Cells cells = cells_of(*what);
    const std::string expected = cell(cells[0]) + cell(cells[1]);
    CHECK(manual.substr(begin, expected.size()) == expected);
  }
}

}  // namespace
}  // namespace recount::test
