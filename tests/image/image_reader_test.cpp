// read_image on programs that are compiled while the test runs.
//
// In a source, "// code" marks the lines that count as code at -O0, and "// gone" those whose code
// the linker throws away. The brace behind a return is none: nothing of the source happens there.

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/image_folder.hpp"
#include "tracer/elf/symbol_name.hpp"

using namespace recount;
using namespace recount::test;

TEST_CASE("every kind of debug information gives the same lines") {
  const std::string flags =
      GENERATE("-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5", "-gdwarf-5 -gdwarf64", "-g -gz=zlib",
               "-gdwarf-4 -gz=zlib-gnu", "-g -fPIE -pie", "-g -fno-pie -no-pie", "-g -static", "-g -fPIE -static-pie",
               "-g -fPIC -shared", "-g -gsplit-dwarf", "-gdwarf-4 -gsplit-dwarf", "-g -gno-as-loc-support",
               "-g -Wl,-z,noseparate-code", "-g -flto", "-g -ffunction-sections -Wl,--gc-sections");
  INFO(flags);
  const Folder folder;
  const Image image = read_add(folder, flags);
  CHECK(image.reason == "");
  CHECK(lines_of(image) == marked(kAdd, "code"));
  CHECK(image.files == std::vector<std::string>{folder.root() + "/add.c"});
  CHECK(functions_at(image, 2) == std::set<std::string>{"twice"});
  CHECK(functions_at(image, 8) == std::set<std::string>{"add"});
  CHECK(functions_at(image, 14) == std::set<std::string>{"main"});
  CHECK(image.elf_machine == EM_X86_64);
  CHECK(image.build_id.size() == 40);
  check_promises(image);
  check_originals(image, folder / "program");
}

TEST_CASE("without its .dwo file a program keeps its lines and loses its functions") {
  const Folder folder;
  read_add(folder, "-g -gsplit-dwarf");
  folder.must_run("rm *.dwo");
  const Image image = folder.read();
  Lines expected = marked(kAdd, "code");
  expected.insert({3, 10, 15});  // what compiled it, and how, stood in the .dwo file: all rows count then
  CHECK(lines_of(image) == expected);
  CHECK(functions_at(image, 2) == std::set<std::string>{"?"});
  CHECK(image.functions.empty());
  CHECK(image.gap.find(".dwo") != std::string::npos);
}

TEST_CASE("a function says where it is declared") {
  const Folder folder;
  const Image image = read_add(folder, "-g");
  REQUIRE(image.functions.size() == 3);
  for (const ImageFunction& function : image.functions) {
    CHECK(image.files[function.file] == folder.root() + "/add.c");
    CHECK(function.linkage_name == "");
    CHECK(function.line == (function.name == "twice" ? 1 : function.name == "add" ? 5 : 12));
  }
}

TEST_CASE("an inlined line belongs to the function that it was written in") {
  const Folder folder;
  const std::string source =
      "volatile int sink;\n"
      "namespace deep { struct Box {\n"
      "  explicit Box(int a) { sink = a; }      // code\n"
      "  int twice() const { return 2 * sink; } // code\n"
      "}; }\n"
      "template <typename T> __attribute__((noinline)) T pick(T a) {  // code\n"
      "  sink = 7; return a;\n"
      "}\n"
      "int main(int argc, char **) {  // code, which is wholly inlined\n"
      "  deep::Box box(argc);         // code\n"
      "  return pick(box.twice());    // code\n"
      "}\n";
  folder.write("src/box.cpp", source);
  folder.cxx("-O2 -g src/box.cpp -o program");
  const Image image = folder.read();
  CHECK(functions_at(image, 3) == std::set<std::string>{"deep::Box::Box(int)"});
  CHECK(functions_at(image, 4) == std::set<std::string>{"deep::Box::twice() const"});
  CHECK(functions_at(image, 6) == std::set<std::string>{"int pick<int>(int)"});
  for (const unsigned line : {9U, 10U, 11U}) {
    CHECK(functions_at(image, line) == std::set<std::string>{"main"});
  }
  CHECK(lines_of(image) == marked(source, "code"));
  check_promises(image);
  for (const ImageFunction& function : image.functions) {
    CHECK((function.name == "main") == function.linkage_name.empty());
  }
}

TEST_CASE("where a function begins and ends, a line is code if gcov calls it code") {
  const bool as_cpp = GENERATE(false, true);
  const std::string flags =
      GENERATE("-gdwarf-5", "-gdwarf-4", "-gdwarf-5 -fstack-protector-all", "-gdwarf-5 -gno-column-info");
  INFO((as_cpp ? "C++ " : "C ") << flags);
  const Folder folder;
  const std::string source =
      "static double\n"
      "half(int a,  // code\n"
      "     int b)\n"
      "{\n"
      "  double sum = a + b;  // code\n"
      "  return sum / 2;      // code\n"
      "}\n"
      "static int largest(const int *values)  // code\n"
      "{ int best = 0;                        // code\n"
      "  for (int i = 0; i < 4; i++)          // code\n"
      "    if (values[i] > best)              // code\n"
      "      best = values[i];                // code\n"
      "  return best;                         // code\n"
      "}\n"
      "static void either(int a)  // code\n"
      "{\n"
      "  if (a) {                 // code\n"
      "    half(a, a);            // code\n"
      "  } else {\n"
      "    half(0, a);            // code\n"
      "  }\n"
      "}                          // code: the implicit return\n"
      "int main(int argc, char **argv)  // code\n"
      "{\n"
      "  int values[4] = {1, 2, 3, argc};  // code\n"
      "  (void)argv;\n"
      "again:                     // code\n"
      "  either(largest(values));  // code\n"
      "  if (argc++ < 2)          // code\n"
      "    goto again;            // code\n"
      "  return 0;                // code\n"
      "}\n";
  const std::string name = as_cpp ? "src/edges.cpp" : "src/edges.c";
  folder.write(name, source);
  folder.must_run((as_cpp ? RECOUNT_TEST_CXX " " : RECOUNT_TEST_CC " ") + ("-O0 " + flags) + " " + name +
                  " -o program");
  const Image image = folder.read();
  CHECK(lines_of(image) == marked(source, "code"));
  check_promises(image);
  for (const unsigned line : {2U, 5U, 6U}) CHECK(functions_at(image, line).size() == 1);
}

TEST_CASE("a brace that hands over the address of what was made in the caller's memory is no code") {
  const std::string flags = GENERATE("", "-fstack-protector-all", "-fno-exceptions", "-fomit-frame-pointer");
  INFO(flags);
  const Folder folder;
  const std::string source =
      "struct Part {\n"  // whose constructor the compiler writes
      "  int zero = 0;\n"
      "};\n"
      "struct Big {\n"
      "  Big() { a[0] = 1; }                           // code\n"
      "  Big(const Big &other) { a[0] = other.a[0]; }\n"
      "  Part part;\n"
      "  int a[9];\n"
      "};\n"
      "static Big made(int n) {  // code\n"
      "  Big big;                // code\n"
      "  big.a[0] = n;           // code\n"
      "  return big;             // code\n"
      "}\n"
      "int main() {              // code\n"
      "  return made(0).a[0];    // code\n"
      "}\n";
  folder.write("src/made.cpp", source);
  folder.must_run(RECOUNT_TEST_CXX " -O0 -g " + flags + " src/made.cpp -o program");
  CHECK(lines_of(folder.read()) == marked(source, "code"));
}

TEST_CASE("optimized code keeps each line that has an address") {
  const Folder folder;
  const std::string source =
      "extern void sink(int);\n"
      "int twice(int a)\n"
      "{\n"
      "  sink(a);\n"
      "  return 2 * a;\n"
      "}\n";
  folder.write("src/twice.c", source);
  folder.cc("-O2 -g src/twice.c -shared -fPIC -o program");
  const Image image = folder.read();
  CHECK(lines_of(image) == Lines{2, 3, 4, 5});
  CHECK(image.probes.size() < image.lines.size());  // the header and its brace share an address
}

TEST_CASE("code that the linker threw away has no probes") {
  const std::string flags = GENERATE("-gdwarf-5", "-gdwarf-4", "-gdwarf-5 -no-pie -fno-pie",
                                     "-gdwarf-4 -Wl,-z,noseparate-code", "-gdwarf-5 -Wl,-z,noseparate-code");
  INFO(flags);
  const Folder folder;
  std::string source = "extern volatile int sink; volatile int sink;\nvoid unused(void) {  // gone\n";
  // Longer than the distance from address 0 to the first code of a position-independent program:
  // its rows, which start at tombstone 0, run over the code that was kept.
  for (int i = 0; i < 2000; ++i) source += "  sink += 12345; // gone\n";
  source += "}  // gone\nint main(void) {  // code\n";
  for (int i = 0; i < 50; ++i) source += "  sink -= 1;  // code\n";
  source += "  return sink;  // code\n}\n";
  folder.write("src/gone.c", source);
  folder.cc("-O0 -ffunction-sections -Wl,--gc-sections " + flags + " src/gone.c -o program");
  const Image image = folder.read();
  CHECK(lines_of(image) == marked(source, "code"));
  check_promises(image);
}

TEST_CASE("of an inline function in many objects the one that was kept counts") {
  const Folder folder;
  const std::string header =
      "inline int shared(int a) {  // code\n"
      "  return a + 1;             // code\n"
      "}\n";
  folder.write("src/shared.hpp", header);
  folder.write("src/a.cpp", "#include \"shared.hpp\"\nint a(int i) { return shared(i); }\n");
  folder.write("src/b.cpp", "#include \"shared.hpp\"\nint a(int);\nint main() { return a(shared(1)); }\n");
  folder.cxx("-O0 -g src/a.cpp src/b.cpp -o program");
  const Image image = folder.read();
  CHECK(lines_of(image, "shared.hpp") == marked(header, "code"));
  const auto in_header = [&](const ImageLine& line) {
    return fs::path(image.files[line.file]).filename() == "shared.hpp";
  };
  CHECK(std::count_if(image.lines.begin(), image.lines.end(), in_header) == 2);
  check_promises(image);
}

TEST_CASE("the address behind a function is not its last line") {
  const Folder folder;
  const std::string source =
      "void never(void) {  // code\n"
      "}                   // code\n"
      "int main(void) {    // code\n"
      "  return 0;         // code\n"
      "}\n";
  folder.write("src/never.c", source);
  folder.cc("-O0 -g -ffunction-sections -falign-functions=1 src/never.c -o program");
  const Image image = folder.read();
  CHECK(lines_of(image) == marked(source, "code"));
  CHECK(functions_at(image, 2) == std::set<std::string>{"never"});
  std::set<std::uint32_t> probes;  // with one line each: nothing of `never` where `main` starts
  for (const ImageLine& line : image.lines) CHECK(probes.insert(line.probe).second);
}

TEST_CASE("rows of an assembler source follow the rules for probes") {
  const Folder folder;
  folder.write("src/rows.s",
               ".file 1 \"src/rows.c\"\n"
               ".text\n.globl main\n.type main,@function\nmain:\n"
               ".loc 1 10\n.loc 1 11\n  nop\n"                  // two lines at one address: both stand
               ".loc 1 0\n  nop\n"                              // no line
               ".loc 1 20 is_stmt 0\n  nop\n"                   // no statement
               ".loc 1 30 is_stmt 1\n.loc 1 31\n .byte 0x48\n"  // 48 89 d8 is one instruction ...
               ".loc 1 32\n .byte 0x89, 0xd8\n"                 // ... 31 points into it, 32 behind it
               ".loc 1 40\n  ret\n"
               ".loc 1 50\n.loc 1 0\n"  // behind the last instruction, where the next section starts
               ".size main,.-main\n"
               ".section .text.next,\"ax\"\n.loc 1 60\n  nop\n  ret\n");
  folder.cc("src/rows.s -g0 -Wa,--gdwarf-4 -o program");
  const Image image = folder.read();
  INFO(image.reason);
  if (image.reason == "it has no debug information") return;  // this assembler makes no unit for .file and .loc alone
  CHECK(lines_of(image, "rows.c") == Lines{10, 11, 30, 32, 40, 60});
  check_promises(image);
  CHECK(image.lines.at(0).probe == image.lines.at(1).probe);
}

TEST_CASE("an assembler source without functions has lines") {
  const Folder folder;
  const std::string source =
      ".text\n.globl main\nmain:\n"
      "  xorl %eax, %eax  # // code\n"
      "  ret              # // code\n";
  folder.write("src/bare.s", source);
  folder.cc("-g src/bare.s -o program");
  CHECK(lines_of(folder.read()) == marked(source, "code"));
}

TEST_CASE("debug information is found in a file of its own") {
  const Folder folder;
  const std::string place = GENERATE("program.debug", ".debug/program.debug");
  read_add(folder, "-g");
  fs::create_directory(folder / ".debug");
  folder.must_run("objcopy --only-keep-debug program " + place);
  folder.must_run("objcopy --strip-all --add-gnu-debuglink=" + place + " program");
  const Image image = folder.read();
  CHECK(image.reason == "");
  CHECK(lines_of(image) == marked(kAdd, "code"));
  check_originals(image, folder / "program");

  folder.must_run("rm " + place);
  CHECK(folder.read().reason == "it has no debug information");
}

TEST_CASE("a debug file of another build is not used") {
  const Folder folder;
  read_add(folder, "-g -Wl,--build-id=none");
  folder.must_run("objcopy --only-keep-debug program program.debug");
  folder.must_run("objcopy --strip-all --add-gnu-debuglink=program.debug program");
  CHECK(lines_of(folder.read()) == marked(kAdd, "code"));  // the checksum is right
  folder.must_run("objcopy --only-keep-debug --remove-section=.comment program.debug");
  folder.must_run("printf x >>program.debug");
  CHECK(folder.read().reason == "it has no debug information");
}

TEST_CASE("units that share partial units keep their lines") {
  const Folder folder;
  if (!folder.run("dwz --version")) return;
  for (const char* name : {"a", "b"}) {
    folder.write(std::string("src/") + name + ".cpp", "#include <string>\n#include <map>\nint " + std::string(name) +
                                                          "(std::map<std::string, int>& m) { return m[\"x\"]++; }\n");
  }
  folder.write("src/main.cpp", "int main() {\n  return 0;\n}\n");
  folder.cxx("-O1 -gdwarf-4 src/a.cpp src/b.cpp src/main.cpp -o program");
  const Image before = folder.read();
  folder.must_run("dwz program");
  const Image after = folder.read();
  REQUIRE(!after.lines.empty());
  CHECK(after.probes.size() == before.probes.size());
  CHECK(after.lines.size() == before.lines.size());
  CHECK(functions_at(after, 2) == functions_at(before, 2));
  check_promises(after);
}

TEST_CASE("a file without probes says why") {
  const Folder folder;
  const Image good = read_add(folder, "-g");
  const std::string elf = bytes_of(folder / "program");
  const SourceFilter sources = folder.sources();
  std::string other = elf;
  SECTION("no debug information") {
    folder.must_run("strip program");
    const Image image = folder.read();
    CHECK(image.reason == "it has no debug information");
    CHECK(image.remedy.find("-g") != std::string::npos);
    CHECK(image.build_id == good.build_id);
    CHECK(image.entry == good.entry);
  }
  SECTION("sources elsewhere") {
    const Image image = folder.read("program", SourceFilter({folder.root() + "x"}, {}, {}));
    CHECK(image.reason == "none of its sources lie under the source root");
    CHECK(image.remedy.find(folder.root() + "/add.c") != std::string::npos);
    CHECK(image.files.empty());
  }
  SECTION("sources whose folder was taken out of their names") {
    const std::string name = GENERATE(".", "../..");
    folder.must_run("cd src && " RECOUNT_TEST_CC " -g -fdebug-prefix-map=\"$PWD\"=" + name + " add.c -o ../program");
    const Image image = folder.read();
    CHECK(image.reason == "none of its sources lie under the source root");
    const std::size_t at = image.remedy.find("--map ");
    REQUIRE(at != std::string::npos);
    PathMap as_told;
    as_told.add(image.remedy.substr(at + 6, image.remedy.find('=', at) - at - 6), folder.root());
    CHECK(lines_of(folder.read("program", SourceFilter({folder.root()}, {}, {}, as_told))) == marked(kAdd, "code"));
  }
  SECTION("a compiler's folder that became a relative one") {
    folder.must_run("mkdir b && cd b && " RECOUNT_TEST_CC
                    " -g -fdebug-prefix-map=\"${PWD%/b}\"=. ../src/add.c -o ../program");
    PathMap map;
    map.add(".", fs::path(folder.root()).parent_path().string());
    CHECK(lines_of(folder.read("program", SourceFilter({folder.root()}, {}, {}, map))) == marked(kAdd, "code"));
  }
  SECTION("globs that leave nothing") {
    const Image image = folder.read("program", SourceFilter({folder.root()}, {"lib/*"}, {}));
    CHECK(image.reason == "--include and --exclude leave out all of its sources");
    CHECK(image.remedy.find(folder.root() + "/add.c") != std::string::npos);
  }
  SECTION("no source root") {
    const Image image = folder.read("program", SourceFilter({}, {}, {}));
    CHECK(image.reason == "there is no source root");
    CHECK(image.build_id == good.build_id);
  }
  SECTION("a script") { CHECK(read_bytes("#!/bin/sh\n", sources).reason == "it is not an ELF file"); }
  SECTION("nothing at all") { CHECK(read_bytes("", sources).reason == "it is not an ELF file"); }
  SECTION("a folder, or nothing that can be read") {
    const UniqueFd fd(open(folder.root().c_str(), O_RDONLY));
    CHECK(read_image(fd.get(), "src", {sources, DebugFolders()}).reason == "it is not an ELF file");
    CHECK(read_image(-1, "closed", {sources, DebugFolders()}).reason == "it is not an ELF file");
  }
  SECTION("x32") {
    other[EI_CLASS] = ELFCLASS32;
    CHECK(read_bytes(other, sources).reason == "it is a program of the x32 ABI");
  }
  SECTION("another machine") {
    other[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(EM_AARCH64);
    CHECK(read_bytes(other, sources).reason == "it is built for another machine than x86-64");
    CHECK(read_bytes(other, sources).elf_machine == EM_AARCH64);
  }
  SECTION("an object file") {
    folder.cc("-g -c src/add.c -o add.o");
    CHECK(folder.read("add.o").reason == "it is neither a program nor a shared library");
  }
  SECTION("cut short") {
    const Image image = read_bytes(elf.substr(0, elf.size() / 2), sources);
    CHECK(image.reason == "it is cut short or damaged: its section headers are missing");
  }
}

TEST_CASE("a file that was cut anywhere is read without harm") {
  const Folder folder;
  const Image whole = read_add(folder, "-g -nostartfiles -Wl,-e,main");
  REQUIRE(!whole.probes.empty());
  const std::string elf = bytes_of(folder / "program");
  for (std::size_t size = 0; size < elf.size(); size += 61) {
    CAPTURE(size);
    check_promises(read_bytes(elf.substr(0, size), folder.sources()));
  }
}

TEST_CASE("a file with flipped bits is read without harm") {
  const std::string flags = GENERATE("-gdwarf-4", "-gdwarf-5", "-gdwarf-5 -gz=zlib");
  const Folder folder;
  folder.write("src/flip.cpp",
               "struct A { int x; explicit A(int i) : x(i) {} int get() const { return x * x; } };\n"
               "template <int N> int sum(int a) { int s = 0; for (int i = 0; i < N; ++i) s += a; return s; "
               "}\n"
               "static int deep(int a) { if (a > 3) { A b(a); return b.get(); } return sum<3>(a); }\n"
               "int main(int c, char**) {\n  return deep(c) + sum<9>(c);\n}\n");
  folder.cxx("-O2 -nostartfiles -Wl,-e,main,-z,noseparate-code " + flags + " src/flip.cpp -o program");
  const std::string elf = bytes_of(folder / "program");
  REQUIRE(!folder.read().probes.empty());
  std::mt19937 random(20221122);
  for (int round = 0; round < 1000; ++round) {
    CAPTURE(round);
    std::string damaged = elf;
    for (int i = 0; i <= round % 4; ++i) {
      damaged[random() % damaged.size()] ^= static_cast<char>(1U << (random() % 8));
    }
    check_promises(read_bytes(damaged, folder.sources()));
  }
}

TEST_CASE("a source reached through a symlink is the same source") {
  const Folder folder;
  fs::create_directory_symlink(folder / "src", folder / "link");
  folder.write("src/add.c", kAdd);
  folder.cc("-g -O0 link/../link/./add.c -o program");
  const Image image = folder.read();
  CHECK(image.files == std::vector<std::string>{folder.root() + "/add.c"});
  CHECK(lines_of(image) == marked(kAdd, "code"));
}

TEST_CASE("sources that are gone still count") {
  const Folder folder;
  read_add(folder, "-g");
  fs::remove_all(folder / "src");
  CHECK(lines_of(folder.read()) == marked(kAdd, "code"));
}

TEST_CASE("a root holds what lies below it, and only that") {
  const SourceFilter sources({"/src", "/other/"}, {}, {});
  CHECK(sources.wants("/src/a.c"));
  CHECK(sources.wants("/src/deep/a.c"));
  CHECK(sources.wants("/other/b.c"));
  CHECK_FALSE(sources.wants("/srcx/a.c"));
  CHECK_FALSE(sources.wants("/src"));
  CHECK_FALSE(sources.wants("src/a.c"));
  CHECK_FALSE(sources.wants(""));
  CHECK(SourceFilter({"/"}, {}, {}).wants("/any/where.c"));
  CHECK_FALSE(SourceFilter({}, {}, {}).wants("/any/where.c"));
}

TEST_CASE("globs match below the root, and absolute ones the whole path") {
  const SourceFilter sources({"/src"}, {"lib/*.c", "/src/app/*"}, {"*/gen_*", "/src/app/old.c"});
  CHECK(sources.wants("/src/lib/a.c"));
  CHECK(sources.wants("/src/lib/deep/a.c"));  // '*' crosses folders
  CHECK(sources.wants("/src/app/x.cpp"));
  CHECK_FALSE(sources.wants("/src/x/lib/a.c"));
  CHECK_FALSE(sources.wants("/src/lib/gen_a.c"));
  CHECK_FALSE(sources.wants("/src/app/old.c"));
  CHECK_FALSE(sources.wants("/src/main.c"));
}

TEST_CASE("mangled names become readable") {
  CHECK(demangled("_ZNK4deep3Box5twiceEv") == "deep::Box::twice() const");
  CHECK(demangled("_ZN1r1m1S2go17h245b43b78f8e4ce0E") == "r::m::S::go");
  CHECK(demangled("_ZN46_$LT$r..m..S$u20$as$u20$core..clone..Clone$GT$5clone17h0123456789abcdefE") ==
        "<r::m::S as core::clone::Clone>::clone");
  CHECK(demangled("main") == "");
  CHECK(demangled("i") == "");
  CHECK(demangled("_RNvCs123_1r4main") == "r::main");
  CHECK(demangled("_D1d__T5ShapeTiZQj5twiceMFZi") == "d.Shape!(int).Shape.twice()");
  CHECK(demangled("__shapes_MOD_twice") == "shapes::twice");
  CHECK(demangled("__MOD_") == "");
  CHECK(demangled("__libc_start_main") == "");
  CHECK(demangled("_Recount") == "");
  CHECK(demangled("_D") == "");
  CHECK(ada_name("lang_ada__shapes__twice") == "lang_ada.shapes.twice");
  CHECK(ada_name("_ada_main") == "main");
  CHECK(ada_name("Not_Ada") == "Not_Ada");
}
