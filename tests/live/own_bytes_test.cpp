// Programs that read or rewrite the first bytes of their functions: recorded, they compute what they do untraced, and their lines count.

#include <fstream>
#include <set>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

// Each line that must run ends with "// runs".
class Program {
 public:
  Program(const std::string& suffix, const std::string& text) : source_("program" + suffix), text_(text) {
    std::ofstream(folder_.file(source_)) << text;
  }
  bool is_built(Words command) const {
    command.insert(command.end(), {"-g", "-w", source_, "-o", "program"});
    return run_here(command).status() == 0;
  }
  Ending untraced() const { return run_here({"./program"}); }
  void check(const std::string& probes) const {
    INFO(probes);
    const Ending before = untraced();
    const Ending recorded = run_here({RECOUNT_RECORD, "-q", "--force", "-o", "run.db", probes, "--", "./program"});
    CHECK(recorded.output == before.output);
    CHECK(recorded.errors == before.errors);
    CHECK(recorded.status() == before.status());
    for (const unsigned line : lines_that_must_run()) {
      INFO("line " << line);
      CHECK(value(folder_.file("run.db"), "SELECT count(*) FROM hit WHERE line = " + std::to_string(line)) != "0");
    }
  }
  void check_all() const {
    for (const std::string probes : {"--probes=line", "--probes=block"}) check(probes);
  }

 private:
  Ending run_here(const Words& command) const {
    return run({.arguments = in_folder(folder_.path().string(), command)});
  }
  std::set<unsigned> lines_that_must_run() const {
    std::set<unsigned> lines;
    std::istringstream in(text_);
    std::string text;
    for (unsigned line = 1; std::getline(in, text); ++line)
      if (text.find("// runs") != std::string::npos) lines.insert(line);
    return lines;
  }

  TemporaryFolder folder_;
  std::string source_, text_;
};

// Recorded with an int3 in the signature, the check finds no fault.
const char* const kWrongType =
    "#include <cstdio>\n"
    "volatile int seen;\nint f(int x) { return seen = x; }  // runs\n"
    "int main()\n{\n"
    "  auto p = (void (*)(double))(void *)f;\n  p(1.0);  // runs\n  std::puts(\"end\");\n}\n";

TEST_CASE("clang's check of the types of functions finds what it finds untraced", "[clang]") {
  if (!have("clang++")) return;
  const Program program(".cpp", kWrongType);
  for (const std::string level : {"-O0", "-O2"}) {
    INFO(level);
    if (!program.is_built({"clang++", level, "-fsanitize=function"})) return;
    program.check_all();
    REQUIRE(program.is_built({"clang++", level, "-fsanitize=function", "-fno-sanitize-recover=all"}));
    CHECK(program.untraced().status() == 1);
    CHECK(program.untraced().output == "");
    for (const std::string probes : {"--probes=line", "--probes=block"}) {
      Program failing(".cpp",
                      "#include <cstdio>\nvolatile int seen;\nint f(int x) { return seen = x; }\nint main() { ((void "
                      "(*)(double))(void *)f)(1.0); }\n");
      REQUIRE(failing.is_built({"clang++", level, "-fsanitize=function", "-fno-sanitize-recover=all"}));
      failing.check(probes);
    }
  }
}

// The runtime writes its sleds before anything was hit, and takes them back in the end.
const char* const kSleds =
    "#include <stdio.h>\n#include <xray/xray_interface.h>\n"
    "#define SLED __attribute__((xray_always_instrument, noinline))\n"
    "volatile int seen;\n"
    "SLED int twice(int x)  // runs\n{\n  if (x > 5)  // runs\n    seen = x;  // runs\n  return x * 2;  // runs\n}\n"
    "SLED void nothing()  // runs\n{\n  asm volatile(\"\");\n}  // runs\n"
    "SLED int later(int x)  // runs\n{\n  return x + 1;  // runs\n}\n"
    "static int calls;\n"
    "[[clang::xray_never_instrument]] static void handler(int32_t, enum XRayEntryType) { calls++; }\n"
    "int main()\n{\n  __xray_set_handler(handler);\n  __xray_patch();\n"
    "  printf(\"%d\\n\", twice(7));  // runs\n  nothing();  // runs\n  __xray_unpatch();\n"
    "  printf(\"%d %d\\n\", later(1), calls);  // runs\n}\n";

TEST_CASE("sleds of XRay are written and taken back as untraced", "[clang]") {
  if (!have("clang++")) return;
  const Program program(".cpp", kSleds);
  for (const std::string level : {"-O0", "-O1", "-O2"}) {
    INFO(level);
    if (!program.is_built({"clang++", level, "-fxray-instrument"})) return;
    CHECK(program.untraced().output == "14\n2 4\n");
    program.check_all();
  }
}

// Fills all patchable entries with other bytes that do nothing, and looks whether they were as the compiler left them.
const char* const kPatchable =
    "#include <stdint.h>\n#include <stdio.h>\n#include <string.h>\n#include <sys/mman.h>\n"
    "extern unsigned char *__start___patchable_function_entries[], *__stop___patchable_function_entries[];\n"
    "#define PLAIN __attribute__((noinline, patchable_function_entry(0)))\n"
    "__attribute__((noinline)) int one(int x) { return x + 1; }  // runs\n"
    "__attribute__((noinline)) int two(int x)  // runs\n{\n  return x + 2;  // runs\n}\n"
    "PLAIN static int patched(int write)\n{\n  int strange = 0;\n"
    "  for (unsigned char **at = __start___patchable_function_entries; at != __stop___patchable_function_entries; "
    "at++) {\n"
    "    uintptr_t page = (uintptr_t)*at & ~(uintptr_t)4095;\n"
    "    mprotect((void *)page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC);\n"
    "    for (int i = 0; i < 5; i++) strange += (*at)[i] == 0xcc;\n"
    "    if (write) memcpy(*at, \"\\x66\\x66\\x66\\x66\\x90\", 5);\n  }\n  return strange;\n}\n"
    "PLAIN int main(void)\n{\n  printf(\"%d\\n\", patched(1));  // runs\n"
    "  printf(\"%d %d\\n\", one(1), two(2));  // runs\n  return patched(0);\n}\n";

void check_patchable(const Words& compiler) {
  const Program program(".c", kPatchable);
  for (const std::string level : {"-O0", "-O2"})
    for (const std::string option : {"-fpatchable-function-entry=5", "-fpatchable-function-entry=10,5"})
      for (const std::string placed : {"-fpie -pie", "-fno-pie -no-pie", "-fcf-protection=full"}) {
        INFO(compiler.front() << ' ' << level << ' ' << option << ' ' << placed);
        Words words = compiler;
        std::istringstream options(level + ' ' + option + ' ' + placed);
        for (std::string word; options >> word;) words.push_back(word);
        REQUIRE(program.is_built(words));
        CHECK(program.untraced().output == "0\n2 4\n");
        program.check_all();
      }
}

TEST_CASE("no probe stands in what is left free for patches") { check_patchable({RECOUNT_TEST_CC}); }

TEST_CASE("no probe stands in what clang leaves free for patches", "[clang]") {
  if (have("clang")) check_patchable({"clang"});
}

// It reads the hook that its function begins with.
const char* const kHook =
    "#include <stdio.h>\n#include <string.h>\n"
    "__attribute__((ms_hook_prologue, noinline)) int hooked(int x) { return x + 1; }  // runs\n"
    "int main(void)\n{\n"
    "  printf(\"%d\\n\", memcmp((const void *)hooked, \"\\x48\\x8d\\xa4\\x24\\0\\0\\0\\0\", 8));  // runs\n"
    "  return hooked(1) - 2;  // runs\n}\n";

TEST_CASE("no probe stands in a hook for hot patches") {
  const Program program(".c", kHook);
  for (const std::string level : {"-O0", "-O2"}) {
    REQUIRE(program.is_built({RECOUNT_TEST_CC, level}));
    CHECK(program.untraced().output == "0\n");
    program.check_all();
  }
}

// Its resolver runs while the loader relocates it, and writes where a watch is to stand. The probes stand in other functions.
const char* const kRewritesAtLoad = R"(
__asm__(".globl sigaction\n.type sigaction, @function\nsigaction: own:\n nop\n ret\n");
extern char own[] __attribute__((visibility("hidden")));
static int one(void) { return 1; }
static int (*resolve(void))(void) {
  long result, page = (long)own & -4096L;
  __asm__ volatile("syscall" : "=a"(result) : "a"(10L), "D"(page), "S"(8192L), "d"(7L) : "rcx", "r11", "memory");
  if (result == 0) *own = (char)0xf8;
  return one;
}
int chosen(void) __attribute__((ifunc("resolve")));
int (*pointer)(void) = chosen;
int twice(int x) { return 2 * x; }
)";

TEST_CASE("where a watch can't be planted, no probe stays either") {
  const TemporaryFolder folder;
  const std::string path = folder.path().string();
  write(folder.path() / "library.c", kRewritesAtLoad);
  write(folder.path() / "main.c", "int twice(int);\nint main(void) { return twice(21) != 42; }\n");
  for (const Words& command : {Words{"cc", "-g", "-fPIC", "-shared", "-o", "libtwice.so", "library.c"},
                               Words{"cc", "-g", "-o", "main", "main.c", "-L.", "-ltwice", "-Wl,-rpath,$ORIGIN"}})
    REQUIRE(run({.arguments = in_folder(path, command)}).status() == 0);
  const Ending traced = record_in(folder, {"-q", "--no-cache", "-o", "run.db", "--source-root", ".", "./main"});
  CHECK(traced.status() == 0);
  CHECK_THAT(traced.errors, Catch::Matchers::ContainsSubstring("its code in memory is not what the file has"));
  check_sealed(folder.file("run.db"));
}

}  // namespace
}  // namespace recount::test
