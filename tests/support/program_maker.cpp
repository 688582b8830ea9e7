#include "tests/support/program_maker.hpp"

#include <array>
#include <random>

namespace recount::test {
namespace {

class ProgramMaker {
 public:
  ProgramMaker(unsigned seed, int cases) : random_(seed), cases_(cases) {}

  std::string program() {
    std::string calls;
    text_ =
        "#include <stdio.h>\n#include <stdlib.h>\nvolatile int out[16];\n"
        "__attribute__((noreturn, noinline)) static void leave(int code)\n{\n  exit(code);\n}\n";
    for (int i = 0; i < 4; ++i) {
      text_ += (chance(30) ? "static inline" : "__attribute__((noinline))") + std::string(" int f") +
               std::to_string(i) + "(int a, int b)\n{\n  int c = a - b;\n";
      block(1, i);
      text_ += "  return c;\n}\n";
      calls += "  for (int j = 0; j < " + std::to_string(1 + below(6)) + "; j++)\n    r += f" + std::to_string(i) +
               "(k + j, 2 * j - " + std::to_string(below(7)) + ");\n";
    }
    return text_ + "int main(int count, char **words)\n{\n  int k = atoi(words[count - 1]), r = 0;\n" + calls +
           "  if (k == 3)\n    leave(r & 7);\n  return 0;\n}\n";
  }

 private:
  unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::string number() { return std::to_string(static_cast<int>(below(9)) - 2); }
  std::string value() { return std::array{"a", "b", "c", "out[1]", "(a ^ c)", "(b & 3)"}[below(6)]; }
  std::string comparison() { return value() + std::array{" < ", " == ", " != ", " >= ", " > "}[below(5)] + number(); }
  std::string condition(int depth = 0) {
    if (depth > 2 || chance(55)) return comparison();
    if (chance(10)) return "!(" + condition(depth + 1) + ")";
    return "(" + condition(depth + 1) + (chance(50) ? " && " : " || ") + condition(depth + 1) + ")";
  }

  void block(int depth, int function) {
    for (unsigned left = 1 + below(3); left > 0; --left) statement(depth, function);
  }
  void line(int depth, const std::string& text) {
    text_.append(2 * static_cast<std::size_t>(depth), ' ').append(text).append("\n");
  }
  void statement(int depth, int function) {
    const unsigned dice = depth > 4 ? 0 : below(100);
    const std::string i = "i" + std::to_string(++names_);
    if (dice < 25) return line(depth, "out[" + std::to_string(below(16)) + "] += " + value() + ";");
    if (dice < 35) return line(depth, "c = " + condition() + " ? " + value() + " : " + number() + ";");
    if (dice < 40) return line(depth, "c += " + condition() + ";");
    if (dice < 43) return line(depth, "if (" + condition() + ") return c;");
    if (dice < 47 && function > 0)
      return line(depth, "c += f" + std::to_string(below(static_cast<unsigned>(function))) + "(b, c & 3);");
    if (dice < 60) {
      line(depth, "if (" + condition() + ")\n{");
      block(depth + 1, function);
      return line(depth, "}");
    }
    if (dice < 72) {
      line(depth, "if (" + condition() + ") {");
      block(depth + 1, function);
      line(depth, "} else {");
      block(depth + 1, function);
      return line(depth, "}");
    }
    if (dice < 80) {
      line(depth, "for (int " + i + " = 0; " + i + " < " + std::to_string(below(5)) + "; " + i + "++) {");
      if (chance(40)) line(depth + 1, "if (" + condition() + ") " + (chance(50) ? "break;" : "continue;"));
      block(depth + 1, function);
      return line(depth, "}");
    }
    if (dice < 88) {
      line(depth, "int " + i + " = 0;\n" + std::string(2 * static_cast<std::size_t>(depth), ' ') + "do {");
      block(depth + 1, function);
      return line(depth, "} while (++" + i + " < 4 && " + condition() + ");");
    }
    if (dice < 97) {
      line(depth, "switch (" + value() + ") {");
      for (int value = 0; value < cases_; ++value) {
        if (chance(25)) continue;
        line(depth, "case " + std::to_string(value) + ":;");
        block(depth + 1, function);
        if (chance(70)) line(depth + 1, "break;");
      }
      line(depth, "default:;");
      return line(depth, "}");
    }
    line(depth, "if (c == 12345) leave(3);");
  }

  std::mt19937 random_;
  std::string text_;
  int cases_;
  int names_ = 0;
};

}  // namespace

std::string made_up_program(unsigned seed, int cases) { return ProgramMaker(seed, cases).program(); }

}  // namespace recount::test
