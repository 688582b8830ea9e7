// Jumps to computed addresses: one probe for each block finds the lines that a probe for each line finds, in programs that are made up
// at random: switches with holes of every shape, with and without a default, and each function the last of its section or not.
//
//   RECOUNT_FIRST_SEED=7 RECOUNT_SEEDS=50 build/release/tests/computed_jump_test 'lines of switches*'

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <random>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

class SwitchMaker {
 public:
  explicit SwitchMaker(unsigned seed) : random_(seed) {}

  // main's argument says which case each function takes.
  std::string program(int functions) {
    std::string calls;
    text_ = "#include <stdio.h>\n#include <stdlib.h>\nvolatile int out[64];\n";
    for (int i = 0; i < functions; ++i) calls += function(i);
    return text_ + "int main(int count, char **words)\n{\n  unsigned k = (unsigned)atoi(words[count - 1]);\n" + calls +
           "  return 0;\n}\n";
  }

 private:
  unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }
  bool chance(unsigned percent) { return below(100) < percent; }

  std::string function(int number) {
    const std::string name = std::to_string(number);
    const std::vector<int> cases = some_numbers();
    const bool loops = chance(25);
    text_ += "__attribute__((noinline)) int f" + name + "(int op, int a)\n{\n";
    if (loops) text_ += "  for (int i = 0; i < 3; i++)\n";
    text_ += "  switch (op) {\n";
    std::string list;
    for (const int value : cases) {
      text_ += "    case " + std::to_string(value) + ":\n";
      statements();
      end_of_case(value == cases.back());
      list += std::to_string(value) + ", ";
    }
    if (chance(60))
      text_ += "    default:\n      __builtin_unreachable();\n";
    else if (chance(50))
      text_ += "    default:\n      out[0] = -a;\n";
    text_ += "  }\n  return a;\n}\nstatic const int c" + name + "[] = {" + list + "};\n";
    return "  f" + name + "(c" + name + "[(k + " + std::to_string(below(50)) + ") % (sizeof c" + name + " / sizeof *c" +
           name + ")], (int)k);\n";
  }

  std::vector<int> some_numbers() {
    std::vector<int> all(4 + below(24));
    std::iota(all.begin(), all.end(), std::array{0, 0, 1, -3, 100}[below(5)]);
    std::shuffle(all.begin(), all.end(), random_);
    all.resize(std::max<std::size_t>(4, all.size() * (50 + below(51)) / 100));
    if (chance(80)) std::sort(all.begin(), all.end());
    return all;
  }
  void statements() {
    for (unsigned left = 1 + below(3); left > 0; --left)
      text_ += "      out[" + std::to_string(below(64)) + "] " + std::array{"=", "+=", "^="}[below(3)] + " a * " +
               std::to_string(below(99)) + ";\n";
  }
  // The last one does not fall into the default, which may be unreachable.
  void end_of_case(bool is_last) {
    const unsigned dice = is_last ? 0 : below(100);
    if (dice < 40) text_ += "      break;\n";
    if (dice >= 40 && dice < 55) text_ += "      return a + " + std::to_string(dice) + ";\n";
    if (dice >= 55 && dice < 60) text_ += "      puts(\"here\");\n      break;\n";
  }

  std::mt19937 random_;
  std::string text_;
};

class Built {
 public:
  explicit Built(const std::string& text) { std::ofstream(folder_.file("program.c")) << text; }

  bool is_built(const Words& compiler, const std::string& options) const {
    Words words = compiler;
    std::istringstream in(options + " -g -w program.c -o program");
    for (std::string word; in >> word;) words.push_back(word);
    return run_here(words).status() == 0;
  }
  void check_same_lines(const std::string& argument) const {
    const std::string by_line = lines("line", argument);
    CHECK(by_line != "");
    CHECK(lines("block", argument) == by_line);
  }

 private:
  Ending run_here(const Words& command) const {
    return run({.arguments = in_folder(folder_.path().string(), command)});
  }
  std::string lines(const std::string& probes, const std::string& argument) const {
    const Words record{RECOUNT_RECORD, "-q", "--no-cache", "--force", "-o", "run.db", "--probes=" + probes, "--"};
    Words words = record;
    words.insert(words.end(), {"./program", argument});
    CHECK(run_here(words).status() == 0);
    std::string text;
    for (const Row& row : query(folder_.file("run.db"), "SELECT DISTINCT line FROM hit ORDER BY line"))
      text += row[0] + ' ';
    return text;
  }

  TemporaryFolder folder_;
};

unsigned number_of(const char* variable, unsigned otherwise) {
  const char* const text = std::getenv(variable);
  return text ? static_cast<unsigned>(std::atoi(text)) : otherwise;
}

void check_switches(const Words& compiler) {
  const unsigned first = number_of("RECOUNT_FIRST_SEED", 1);
  for (unsigned seed = first; seed < first + number_of("RECOUNT_SEEDS", 1); ++seed) {
    const Built built(SwitchMaker(seed).program(50));
    for (const std::string level : {"-O0", "-O1", "-O2", "-Os"})
      for (const std::string placed : {"-fpie -pie -ffunction-sections", "-fno-pie -no-pie"}) {
        INFO("seed " << seed << ": " << compiler.front() << ' ' << level << ' ' << placed);
        REQUIRE(built.is_built(compiler, level + ' ' + placed));
        built.check_same_lines(std::to_string(seed));
      }
  }
}

TEST_CASE("lines of switches are the same by each kind of probe") { check_switches({RECOUNT_TEST_CC}); }

TEST_CASE("lines of switches by clang are the same by each kind of probe", "[clang]") {
  if (have("clang")) check_switches({"clang"});
}

// What the goto goes by: distances from a label, from the function, and addresses; at once, or by a variable.
std::string goto_program(const std::string& type, const std::string& entries, const std::string& jump) {
  return "#include <stdlib.h>\nvolatile int a[8];\n"
         "__attribute__((noinline, noclone)) int run(unsigned n)\n{\n"
         "  static const " +
         type + " table[] = {" + entries + "};\n  a[7] = n;\n  " + jump +
         "\n"
         "l0:\n  a[0] = 1;\nl1:\n  a[1] = 2;\nl2:\n  a[2] = 3;\nl3:\n  a[3] = 4;\n  return a[3] - 4;\n}\n"
         "int main(int c, char **v)\n{\n  return run((unsigned)atoi(v[c - 1]));\n}\n";
}

void check_gotos(const Words& compiler) {
  const std::string distances = "&&l0 - &&l0, &&l1 - &&l0, &&l2 - &&l0, &&l3 - &&l0";
  const std::string addresses = "&&l0, &&l1, &&l2, &&l3";
  for (const std::string& text : {goto_program("int", distances, "goto *(&&l0 + table[n]);"),
                                  goto_program("int", distances, "void *p = &&l0 + table[n]; a[6] = 1; goto *p;"),
                                  goto_program("long", distances, "goto *(&&l0 + table[n]);"),
                                  goto_program("short", distances, "goto *(&&l0 + table[n]);"),
                                  goto_program("void *const", addresses, "goto *table[n];"),
                                  goto_program("void *const", addresses, "void *p = table[n]; a[6] = 1; goto *p;")}) {
    const Built built(text);
    for (const std::string level : {"-O0", "-O1", "-O2"})
      for (const std::string placed : {"-fpie -pie", "-fno-pie -no-pie"}) {
        INFO(text << compiler.front() << ' ' << level << ' ' << placed);
        REQUIRE(built.is_built(compiler, level + ' ' + placed));
        for (const std::string argument : {"1", "3"}) built.check_same_lines(argument);
      }
  }
}

TEST_CASE("lines behind computed gotos are the same by each kind of probe") { check_gotos({RECOUNT_TEST_CC}); }

TEST_CASE("lines behind computed gotos by clang are the same by each kind of probe", "[clang]") {
  if (have("clang")) check_gotos({"clang"});
}

// A handler leads on from an instruction that faults, by a table of such instructions.
std::string fault_program(const std::string& entries, const std::string& type, const std::string& first,
                          const std::string& second) {
  return "#define _GNU_SOURCE\n#include <signal.h>\n#include <ucontext.h>\nvolatile int a[8];\n"
         "__asm__(\".pushsection .faults,\\\"aw\\\"\\n.balign 8\\n.globl faults\\nfaults:\\n.popsection\");\n"
         "extern const " +
         type +
         " faults[];\nstatic void lead_on(int s, siginfo_t *i, void *c)\n{\n"
         "  greg_t *pc = &((ucontext_t *)c)->uc_mcontext.gregs[REG_RIP];\n  if (*pc == (greg_t)" +
         first + " + faults[0]) *pc = (greg_t)" + second +
         " + faults[1];\n}\n"
         "__attribute__((noinline, noclone)) int get(volatile int *p)\n{\n  int v = -1;\n  a[0] = 1;\n"
         "  __asm__ volatile(\"1: mov (%1), %0\\n.pushsection .faults,\\\"aw\\\"\\n" +
         entries +
         "\\n.popsection\" : \"+r\"(v) : \"r\"(p));\n"
         "  a[1] = 1;\n  a[2] = v;\n  __asm__ volatile(\"22:\");\n  a[3] = 1;\n  return v + 1;\n}\n"
         "int main(void)\n{\n  struct sigaction action = {.sa_sigaction = lead_on, .sa_flags = SA_SIGINFO};\n"
         "  sigaction(SIGSEGV, &action, 0);\n  return get(0);\n}\n";
}

void check_faults(const Words& compiler) {
  const Built near(fault_program(".long 1b - .\\n.long 22f - .", "int", "&faults[0]", "&faults[1]"));
  const Built far(fault_program(".quad 1b, 22f", "long", "0", "0"));
  for (const std::string level : {"-O0", "-O1", "-O2"})
    for (const std::string placed : {"-fpie -pie", "-fno-pie -no-pie"}) {
      INFO(compiler.front() << ' ' << level << ' ' << placed);
      REQUIRE(near.is_built(compiler, level + ' ' + placed));
      near.check_same_lines("0");
      REQUIRE(far.is_built(compiler, level + ' ' + placed));
      far.check_same_lines("0");
    }
}

TEST_CASE("lines behind what a handler has led away from are the same by each kind of probe") {
  check_faults({RECOUNT_TEST_CC});
}

TEST_CASE("lines by clang behind what a handler has led away from are the same by each kind of probe", "[clang]") {
  if (have("clang")) check_faults({"clang"});
}

}  // namespace
}  // namespace recount::test
