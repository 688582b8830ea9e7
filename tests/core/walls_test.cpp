// The walls between the folders hold: the core needs nothing but the C++ runtime, the recorder and
// the analyzer share the contract only, and the words in a log are the words of the code.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "schema/vocabulary/event_kind.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(std::istream&& text) {
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> output_lines(const std::vector<std::string>& arguments) {
  const Ending ending = run({.arguments = arguments});
  INFO(arguments.front() << ": " << ending.errors);
  REQUIRE(ending.status() == 0);
  return lines_of(std::istringstream(ending.output));
}

std::string last_word(const std::string& line) { return line.substr(line.rfind(' ') + 1); }

// The last word of each line of nm's output that names a symbol, without its version.
std::set<std::string> symbols(const std::vector<std::string>& nm) {
  std::set<std::string> names;
  for (const std::string& line : output_lines(nm)) {
    if (line.empty() || line.back() == ':') continue;
    const std::string word = last_word(line);
    names.insert(word.substr(0, word.find('@')));
  }
  return names;
}

// --- the core ---

struct Allowed {
  const char* mangled;  // the whole name, as a regular expression
  const char* reason;
};

// What the core may ask of the world. Narrow on purpose: "std::" as a whole would let in clocks,
// streams, threads, files, the environment and random numbers.
const std::vector<Allowed> kAllowed{
    {"_Zn[wa].*|_Zd[la].*", "operator new and delete"},
    {"__cxa_(allocate_exception|free_exception|throw|rethrow|begin_catch|end_catch)", "throwing and catching"},
    {"__cxa_(pure_virtual|bad_cast|throw_bad_array_new_length|guard_.*)", "what the language itself asks for"},
    {"__gxx_personality_v0|_Unwind_Resume|_ZSt9terminatev|_ZSt17rethrow_exception.*", "unwinding"},
    {"mem(cpy|move|set|cmp|chr)|str(len|cmp)", "copying and comparing memory"},
    {"__stack_chk_fail|__(mem|str)[a-z]*_chk", "the same, in a hardened build"},
    {"__libc_single_threaded", "std::shared_ptr asks whether counting must be atomic"},
    {"__dso_handle|_GLOBAL_OFFSET_TABLE_", "the linker's own"},
    {"_ZTVN10__cxxabiv1.*|_ZTISt9type_info", "how the runtime describes types"},
    {"_ZSt[0-9]+__throw_[a-z_]+(PKcz?|v)|_ZSt21__glibcxx_assert_fail.*", "std containers report misuse"},
    {"_Z(NK?|T[IVS])St(9exception|11logic_error|13runtime_error|12out_of_range|12length_error|"
     "16invalid_argument|9bad_alloc|20bad_array_new_length).*",
     "the exceptions themselves"},
    {"_ZSt18_Rb_tree_(in|de)crementP.*|_ZSt[0-9]+_Rb_tree_(insert_and_rebalance|"
     "rebalance_for_erase).*",
     "std::map and std::set"},
    {"_ZNKSt8__detail20_Prime_rehash_policy.*|_ZSt11_Hash_bytes.*", "std::unordered_map"},
    {"_ZNSt8__detail15_List_node_base.*", "std::list"},
    {"_ZNK?St7__cxx1112basic_stringI.*|_ZStplI.*|_ZNK?SaIcE.*", "std::string"},
    {"__(asan|ubsan|tsan|sanitizer|lsan|sancov)_.*", "a sanitizer looks on"},
};

bool is_allowed(const std::string& symbol) {
  return std::any_of(kAllowed.begin(), kAllowed.end(),
                     [&](const Allowed& allowed) { return std::regex_match(symbol, std::regex(allowed.mangled)); });
}

TEST_CASE("the core asks for nothing but the C++ runtime", "[walls]") {
  const std::string archive = RECOUNT_CORE_ARCHIVE;
  const auto undefined = symbols({"nm", "--undefined-only", archive});
  const auto defined = symbols({"nm", "--defined-only", archive});
  REQUIRE(defined.size() > 20);
  REQUIRE(undefined.count("_Unwind_Resume") == 1);
  for (const std::string& symbol : undefined) {
    if (defined.count(symbol) != 0) continue;
    INFO("undefined in the core: " << symbol);
    CHECK(is_allowed(symbol));
  }
}

TEST_CASE("what the core may not ask for is told from what it may", "[walls]") {
  for (const char* symbol : {"ptrace", "open", "getenv", "time", "clock_gettime", "getpid", "printf", "sqlite3_open",
                             "_ZNSt6chrono3_V212system_clock3nowEv", "_ZNSt6thread4joinEv", "_ZSt4cout",
                             "_ZNSt13random_device9_M_getvalEv", "_ZNSt13basic_filebufIcSt11char_traitsIcEEC1Ev",
                             "_ZTVSt13basic_filebufIcSt11char_traitsIcEE", "_ZN7recount4openEv"}) {
    INFO(symbol);
    CHECK_FALSE(is_allowed(symbol));
  }
  CHECK(is_allowed("_Znwm"));
  CHECK(is_allowed("_ZNSt11logic_errorC2EPKc"));
}

// --- the includes ---

std::vector<fs::path> sources_in(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(RECOUNT_SOURCES) / folder)) {
    const std::string extension = entry.path().extension().string();
    if (std::set<std::string>{".cpp", ".hpp", ".h", ".c", ".in"}.count(extension) != 0) files.push_back(entry.path());
  }
  REQUIRE_FALSE(files.empty());
  return files;
}

// The names that the files of a folder include, each as "file: name".
std::vector<std::string> includes_of(const std::string& folder) {
  static const std::regex include(R"(\s*#\s*include\s*[<"]([^>"]+)[>"].*)");
  std::vector<std::string> found;
  for (const fs::path& path : sources_in(folder)) {
    for (const std::string& line : lines_of(std::ifstream(path))) {
      std::smatch match;
      if (std::regex_match(line, match, include)) found.push_back(path.string() + ": " + match[1].str());
    }
  }
  REQUIRE_FALSE(found.empty());
  return found;
}

// The one that starts something: the pager of whoever types, never anything that a log names.
const std::string kPager = "replay/command/pager.cpp: sys/wait.h";

void check_includes_none(const std::string& folder, const std::string& forbidden) {
  for (const std::string& include : includes_of(folder)) {
    if (include.ends_with("/" + kPager)) continue;
    INFO(include);
    CHECK_FALSE(std::regex_match(last_word(include), std::regex(forbidden)));
  }
}

TEST_CASE("the folders include only what lies beneath them", "[walls]") {
  check_includes_none("schema", "(tracer|replay|tests)/.*");
  check_includes_none("replay", "(tracer|tests)/.*");
  check_includes_none("tracer", "(replay|tests)/.*");
}

// --- the rooms -----------------------------------------------------------------------------------------------------------

struct Room {
  std::string name;
  std::set<std::string> may_use;  // rooms of the same folder; beside them schema/, and the room itself
};

// A room uses only rooms beneath it; the files at the top of a folder use all of its rooms.
const std::vector<Room> kRooms{
    {"schema/vocabulary", {}},
    {"schema/machine", {"schema/vocabulary"}},
    {"schema/log", {"schema/vocabulary"}},
    {"schema/shared", {}},
    {"tracer/base", {}},
    {"tracer/process", {"tracer/base"}},
    {"tracer/elf", {"tracer/base"}},
    {"tracer/code", {"tracer/elf", "tracer/base"}},
    {"tracer/image", {"tracer/code", "tracer/elf", "tracer/process", "tracer/base"}},
    {"tracer/crash", {"tracer/image", "tracer/process", "tracer/base"}},
    {"tracer/stop", {"tracer/crash", "tracer/image", "tracer/code", "tracer/process", "tracer/base"}},
    {"tracer/log", {"tracer/crash", "tracer/image", "tracer/process", "tracer/base"}},
    {"replay/text", {}},
    {"replay/log", {"replay/text"}},
    {"replay/recount", {"replay/log", "replay/text"}},
    {"replay/command", {"replay/recount", "replay/log", "replay/text"}},
    {"replay/query", {"replay/command", "replay/log", "replay/text"}},
    {"replay/store", {"replay/query", "replay/command", "replay/log", "replay/text"}},
    {"replay/coverage",
     {"replay/store", "replay/query", "replay/command", "replay/recount", "replay/log", "replay/text"}},
    {"replay/tests",
     {"replay/coverage", "replay/store", "replay/query", "replay/command", "replay/recount", "replay/log",
      "replay/text"}},
    {"replay/reports",
     {"replay/coverage", "replay/query", "replay/command", "replay/recount", "replay/log", "replay/text"}},
    {"replay/digest",
     {"replay/tests", "replay/reports", "replay/coverage", "replay/store", "replay/query", "replay/command",
      "replay/recount", "replay/log", "replay/text"}},
    {"replay/page",
     {"replay/reports", "replay/coverage", "replay/store", "replay/command", "replay/recount", "replay/log",
      "replay/text"}},
};

std::string folder_of(const std::string& file) { return file.substr(0, file.rfind('/')); }

bool is_room(const std::string& folder) {
  return std::any_of(kRooms.begin(), kRooms.end(), [&](const Room& room) { return room.name == folder; });
}

TEST_CASE("every file of the product stands in a room of the table, or at the top of its folder", "[walls]") {
  for (const std::string top : {"schema", "tracer", "replay"})
    for (const fs::path& path : sources_in(top)) {
      const std::string folder = fs::relative(path.parent_path(), RECOUNT_SOURCES).string();
      INFO(path);
      CHECK((is_room(folder) || (folder == top && top != "schema")));
    }
}

TEST_CASE("a room uses only the rooms beneath it", "[walls]") {
  for (const Room& room : kRooms) {
    const std::string top = folder_of(room.name);
    for (const std::string& include : includes_of(room.name)) {
      const std::string used = folder_of(last_word(include));
      const bool is_ours = used == top || used.starts_with(top + "/");
      INFO(include);
      CHECK((!is_ours || used == room.name || room.may_use.contains(used)));
    }
  }
}

TEST_CASE("no rooms use each other in a circle", "[walls]") {
  std::set<std::string> beneath;  // the table is in an order in which each room's rooms stand before it
  for (const Room& room : kRooms) {
    INFO(room.name);
    CHECK(std::includes(beneath.begin(), beneath.end(), room.may_use.begin(), room.may_use.end()));
    beneath.insert(room.name);
  }
}

// Depth first; a file that is met while it is still open closes a circle.
struct IncludeGraph {
  std::map<std::string, std::vector<std::string>> includes;
  std::map<std::string, bool> is_open;
  std::vector<std::string> circles;

  void visit(const std::string& file) {
    const auto [at, fresh] = is_open.try_emplace(file, true);
    if (!fresh && at->second) circles.push_back(file);
    if (!fresh) return;
    for (const std::string& included : includes[file]) visit(included);
    is_open[file] = false;
  }
};

TEST_CASE("no headers include each other in a circle", "[walls]") {
  IncludeGraph graph;
  for (const std::string top : {"schema", "tracer", "replay"})
    for (const std::string& include : includes_of(top)) {
      const std::string from = fs::relative(include.substr(0, include.find(": ")), RECOUNT_SOURCES).string();
      if (fs::exists(fs::path(RECOUNT_SOURCES) / last_word(include)))
        graph.includes[from].push_back(last_word(include));
    }
  const auto files = graph.includes;
  REQUIRE(files.size() > 200);
  for (const auto& [file, included] : files) graph.visit(file);
  CHECK(graph.circles == std::vector<std::string>{});
}

TEST_CASE("no file has more than 500 lines", "[walls]") {
  for (const std::string top : {"schema", "tracer", "replay", "tests"})
    for (const fs::path& path : sources_in(top)) {
      INFO(path);
      CHECK(lines_of(std::ifstream(path)).size() <= 500);
    }
}

TEST_CASE("contract and analyzer include nothing that traces or reads programs", "[walls]") {
  const std::string kernel = R"(sys/(ptrace|wait|user|prctl)\.h|linux/.*|asm/.*)";
  const std::string programs = R"(elfutils/.*|dwarf\.h|(lib|g)?elf\.h|link\.h|Zydis/.*)";
  for (const char* folder : {"schema", "replay"}) {
    check_includes_none(folder, kernel);
    check_includes_none(folder, programs);
  }
}

// --- the executables ---

std::vector<std::string> needed_libraries(const std::string& executable) {
  static const std::regex needed(R"(.*\(NEEDED\).*\[(.+)\].*)");
  std::vector<std::string> libraries;
  for (const std::string& line : output_lines({"readelf", "-dW", executable})) {
    std::smatch match;
    if (std::regex_match(line, match, needed)) libraries.push_back(match[1].str());
  }
  return libraries;
}

bool needs(const std::string& executable, const std::string& library) {
  const auto all = needed_libraries(executable);
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& name) { return name.rfind(library + ".", 0) == 0; });
}

TEST_CASE("the analyzer is linked with nothing that reads ELF or DWARF or decodes instructions", "[walls]") {
  for (const char* library : {"libdw", "libelf", "libZydis", "libZycore", "libdebuginfod"}) {
    INFO(library);
    CHECK_FALSE(needs(RECOUNT_REPLAY, library));
  }
  CHECK(needs(RECOUNT_REPLAY, "libc"));
  CHECK(needs(RECOUNT_RECORD, "libdw"));  // so that this test sees what it looks for
}

TEST_CASE("the analyzer traces nobody and starts nothing but the pager", "[walls]") {
  const auto recorder = symbols({"nm", "-D", "--undefined-only", RECOUNT_RECORD});
  const auto analyzer = symbols({"nm", "-D", "--undefined-only", RECOUNT_REPLAY});
  for (const char* call : {"ptrace", "execve", "wait4"}) {
    INFO(call);
    CHECK(recorder.count(call) == 1);
    CHECK(analyzer.count(call) == 0);
  }
  for (const char* call : {"vfork", "execv", "execvp", "execvpe", "execle", "execlp", "fexecve", "system", "popen",
                           "posix_spawn", "posix_spawnp", "clone", "wait", "waitid", "kill"}) {
    INFO(call);
    CHECK(analyzer.count(call) == 0);
  }
}

TEST_CASE("only the pager's own object starts and waits for a program", "[walls]") {
  std::size_t in_pager = 0;
  for (const std::string& line : output_lines({"nm", "-A", "--undefined-only", RECOUNT_REPLAY_ARCHIVE})) {
    const std::string call = last_word(line);
    if (call != "fork" && call != "execl" && call != "waitpid") continue;
    INFO(line);
    CHECK(line.find(":pager.cpp.o:") != std::string::npos);
    ++in_pager;
  }
  CHECK(in_pager == 3);  // so that this test sees what it looks for
}

// --- the vocabulary ---

TEST_CASE("the words in a log are those of the code", "[walls]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  REQUIRE(run({.arguments = {RECOUNT_RECORD, "-q", "-o", log, "--", "true"}}).status() == 0);
  std::vector<Row> expected;
  for (const auto& entry : kEventKinds)
    expected.push_back({std::to_string(static_cast<int>(entry.kind)), std::string(entry.name),
                        is_action(entry.kind) ? "1" : "0", std::string(entry.meaning)});
  std::sort(expected.begin(), expected.end(),
            [](const Row& a, const Row& b) { return std::stoi(a[0]) < std::stoi(b[0]); });
  CHECK(query(log, "SELECT kind, name, is_action, meaning FROM trace_event_kind ORDER BY kind") == expected);
}

}  // namespace
}  // namespace recount::test
