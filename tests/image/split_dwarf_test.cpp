// read_image on programs whose debug information the compiler split off (-gsplit-dwarf), packed or
// not: it says what it says of the same program with everything in it. A case that needs a tool
// which may be missing has its tag.
#include <random>

#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/dwp_packer.hpp"
#include "tests/support/image_folder.hpp"

using namespace recount;
using namespace recount::test;

namespace {

// Functions with code in two places, inlined ones, and members.
const std::string kHeader =
    "inline int halve(int a) {\n"
    "  if (a % 2 != 0)\n"
    "    a++;\n"
    "  return a / 2;\n"
    "}\n";
const std::string kPart =
    "#include \"part.h\"\n"
    "volatile int sink;\n"
    "__attribute__((noinline, cold)) static void never(int a) {\n"
    "  sink += a;\n"
    "  sink *= a;\n"
    "}\n"
    "struct Box {\n"
    "  explicit Box(int a);\n"
    "  int value() const { return halve(sink); }\n"
    "  template <typename T> T as() const { return static_cast<T>(value()); }\n"
    "};\n"
    "Box::Box(int a) { sink = a; }\n"
    "int part(int a) {\n"
    "  Box box(a);\n"
    "  if (a > 5) {\n"
    "    never(a);\n"
    "    never(a + 1);\n"
    "  }\n"
    "  return static_cast<int>(box.as<long>()) + box.as<int>();\n"
    "}\n";
const std::string kMain =
    "#include \"part.h\"\n"
    "int part(int a);\n"
    "namespace deep { int twice(int a) { return 2 * a; } }\n"
    "\n"
    "int main(int argc, char **) {\n"
    "  return deep::twice(argc) - part(argc) - halve(2);\n"
    "}\n";

// "probe address file:line function (linkage name) of file:line" of each line of each probe.
std::string told(const Image& image) {
  std::ostringstream text;
  text << image.reason << '\n';
  for (const ImageLine& line : image.lines) {
    text << std::hex << raw(image.probes[line.probe].address) << ' ' << raw(line.address) << std::dec << ' '
         << image.files[line.file] << ':' << line.line;
    if (line.function != ImageLine::kNoFunction) {
      const ImageFunction& function = image.functions[line.function];
      text << ' ' << function.name << " (" << function.linkage_name << ") of " << image.files[function.file] << ':'
           << function.line;
    }
    text << '\n';
  }
  return text.str();
}

class Program {  // of two units, one optimized
 public:
  Program(std::string compiler, const std::string& flags) : compiler_(std::move(compiler)), flags_(flags) {
    folder_.write("src/part.h", kHeader);
    folder_.write("src/part.cpp", kPart);
    folder_.write("src/main.cpp", kMain);
    build("");
    whole_ = told(folder_.read());
    REQUIRE(whole_.find("Box::Box(int) (_ZN3BoxC") != std::string::npos);
    REQUIRE(whole_.find("deep::twice(int)") != std::string::npos);
    build("-gsplit-dwarf");
  }

  const Folder& folder() const { return folder_; }
  const std::string& whole() const { return whole_; }  // what is told of it with everything in it

 private:
  void build(const std::string& split) const {
    folder_.must_run(compiler_ + ' ' + flags_ + ' ' + split + " -O2 -c src/part.cpp -o part.o");
    folder_.must_run(compiler_ + ' ' + flags_ + ' ' + split + " -O0 -c src/main.cpp -o main.o");
    folder_.must_run(compiler_ + " part.o main.o -o program");
  }

  std::string compiler_;
  std::string flags_;
  std::string whole_;
  Folder folder_;
};

void check_package(const Program& program) {
  const Folder& folder = program.folder();
  CHECK(told(folder.read()) == program.whole());  // from the .dwo files
  folder.must_run("mkdir debug; mv program.dwp debug; mkdir gone; mv *.dwo gone");
  CHECK(told(folder.read()) != program.whole());
  CHECK(told(folder.read_with({folder / "debug"})) == program.whole());
  folder.must_run("mv debug/program.dwp .");
  const Image image = folder.read();
  CHECK(told(image) == program.whole());
  CHECK(image.gap == "");
}

const std::vector<std::string> kDwos{"part.dwo", "main.dwo"};

// Not one byte of it may lead astray. Such a file is what the recorder's own process reads; here,
// nothing catches a crash.
void check_damaged(const Program& program) {
  const Folder& folder = program.folder();
  const std::string sound = bytes_of(folder / "program.dwp");
  for (std::size_t size = 0; size < sound.size(); size += 64) {
    folder.write("program.dwp", sound.substr(0, size));
    CHECK_FALSE(folder.read().probes.empty());
  }
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::string wild = sound;
    for (unsigned change = random() % 8 + 1; change > 0; --change)
      wild[random() % wild.size()] = static_cast<char>(random());
    folder.write("program.dwp", wild);
    CHECK_FALSE(folder.read().probes.empty());
  }
}

}  // namespace

TEST_CASE("a package of gcc's .dwo files in DWARF 5 is read as if nothing had been split") {
  const Program program(RECOUNT_TEST_CXX, "-gdwarf-5");
  pack(program.folder(), kDwos, "program.dwp");
  check_package(program);
}

TEST_CASE("a package that dwp made is read as if nothing had been split", "[dwp]") {
  if (!have("dwp")) return;
  const Program program(RECOUNT_TEST_CXX,
                        GENERATE("-gdwarf-4", "-gdwarf-4 -fdebug-types-section", "-gdwarf-4 -gz=zlib"));
  program.folder().must_run("dwp -e program -o program.dwp");
  check_package(program);
  check_damaged(program);
}

TEST_CASE("a package that llvm-dwp made is read as if nothing had been split", "[llvm-dwp]") {
  if (!have("llvm-dwp") || !have("clang++")) return;
  const std::string version = GENERATE("-gdwarf-4", "-gdwarf-5");
  const std::string compiler = GENERATE(as<std::string>{}, "clang++", RECOUNT_TEST_CXX);
  if (compiler != "clang++" && version == "-gdwarf-5") return;  // llvm-dwp 14 does not end
  INFO(compiler << ' ' << version);
  const Program program(compiler, version);
  program.folder().must_run("timeout 60 llvm-dwp -e program -o program.dwp");
  check_package(program);
}

TEST_CASE(".dwo files are found where --debug-dir and --map say") {
  const Program program(RECOUNT_TEST_CXX, GENERATE("-gdwarf-4", "-gdwarf-5"));
  const Folder& folder = program.folder();
  folder.must_run("mkdir moved; mv *.dwo moved");
  CHECK(told(folder.read_with({folder / "moved"})) == program.whole());
  PathMap map;
  map.add(folder / "main.dwo", folder / "moved/main.dwo");
  map.add(folder / "part.dwo", folder / "moved/part.dwo");
  CHECK(told(folder.read_with({}, map)) == program.whole());
  CHECK(folder.read().gap.find("missing: part.dwo") != std::string::npos);
}

TEST_CASE("a package of another build gives no names, and is named") {
  const Program program(RECOUNT_TEST_CXX, "-gdwarf-5");
  const Folder& folder = program.folder();
  pack(folder, {"main.dwo"}, "program.dwp");
  folder.must_run("rm *.dwo");
  const Image image = folder.read();
  CHECK(image.gap.find("missing: part.dwo, which is not in " + (folder / "program.dwp").string() + " either") !=
        std::string::npos);
  CHECK(image.gap_remedy.find("llvm-dwp") != std::string::npos);
  CHECK(functions_at(image, 6) == std::set<std::string>{"main"});
  CHECK(functions_at(image, 12) == std::set<std::string>{"?"});  // of part.cpp
}

TEST_CASE("damaged packages do no harm") {
  const Program program(RECOUNT_TEST_CXX, "-gdwarf-5");
  const Folder& folder = program.folder();
  pack(folder, kDwos, "program.dwp");
  folder.must_run("rm *.dwo");
  check_damaged(program);
}

TEST_CASE("an index that leads out of its sections gives no names") {
  const Program program(RECOUNT_TEST_CXX, "-gdwarf-5");
  const Folder& folder = program.folder();
  pack(folder, kDwos, "program.dwp");
  folder.must_run("rm *.dwo");
  const std::string sound = bytes_of(folder / "section.debug_cu_index");
  for (std::size_t at = 0; at < sound.size(); at += 4) {
    for (const std::uint32_t word : {0U, 1U, 0x7fffffffU, 0xffffffffU, 0xfffffff0U}) {
      std::string wild = sound;
      std::memcpy(wild.data() + at, &word, sizeof word);
      folder.write("index", wild);
      folder.must_run("cp program.dwp sound.dwp && objcopy --update-section .debug_cu_index=index program.dwp");
      const Image image = folder.read();
      CHECK_FALSE(image.probes.empty());
      if (word == 0xffffffff && at < 16 && at != 0) CHECK_FALSE(image.gap.empty());
      folder.must_run("mv sound.dwp program.dwp");
    }
  }
}
