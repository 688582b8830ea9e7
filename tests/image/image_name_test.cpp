// What an image calls its functions, and its files behind links.

#include "tests/support/catch.hpp"
#include "tests/support/image_folder.hpp"

namespace recount::test {
namespace {

using Names = std::set<std::string>;

const char* const kHidden =
    "namespace {\nstruct Hidden {\n  int go() { return 3; }\n  template <class T>\n  int of(T x) { return x; }\n};\n"
    "int twin(int x) { return x + 1; }\n}\nstatic int twin(double x) { return (int)x; }\n"
    "extern \"C\" int plain(int x) { return x; }\nint main() {\n  auto f = [](auto k) {\n    return k;\n  };\n"
    "  return Hidden().go() + Hidden().of(1) + Hidden().of('a') + twin(1) + twin(2.0) + plain(0) + f(1) - 108;\n}\n";

TEST_CASE("what has internal linkage in C++ has the name of its symbol") {
  const Folder folder;
  folder.write("src/hidden.cpp", kHidden);
  for (const std::string split : {"", "-gsplit-dwarf"}) {
    folder.cxx("-O0 -g -std=c++17 " + split + " src/hidden.cpp -o program");
    const Image image = folder.read();
    CHECK(functions_at(image, 3) == Names{"(anonymous namespace)::Hidden::go()"});
    CHECK(functions_at(image, 5) == Names{"int (anonymous namespace)::Hidden::of<int>(int)",
                                          "int (anonymous namespace)::Hidden::of<char>(char)"});
    CHECK(functions_at(image, 7) == Names{"(anonymous namespace)::twin(int)"});
    CHECK(functions_at(image, 9) == Names{"twin(double)"});
    CHECK(functions_at(image, 10) == Names{"plain"});
    const Names lambda = functions_at(image, 13);
    REQUIRE(lambda.size() == 1);
    CHECK(lambda.begin()->find("main::{lambda(auto:1)#1}::operator()<int>(int) const") != std::string::npos);
    for (const ImageFunction& function : image.functions)
      CHECK((function.name == "main" || function.name == "plain") == function.linkage_name.empty());
  }
}

TEST_CASE("an inlined copy of a function without a linkage name is one with its other copies") {
  const Folder folder;
  folder.write("src/both.cpp",
               "static int twin(int x) {\n  return x + 1;\n}\nint (*volatile kept)(int) = twin;\n"
               "int main(int c, char**) {\n  return twin(c) + kept(c) - 4;\n}\n");
  folder.cxx("-O2 -g src/both.cpp -o program");
  const Names names = functions_at(folder.read(), 2);
  CHECK(names.contains("twin(int)"));
  CHECK(!names.contains("twin"));
}

TEST_CASE("without a function in the debug information a line belongs to the symbol around it") {
  const Folder folder;
  folder.write("src/add.c",
               "volatile int seen; int twice(int x) {\n  return 2 * x;\n}\n__attribute__((noinline)) static int "
               "never(int x) {\n  return seen = x;\n}\n"
               "int main(int c, char** v) {\n  return c > 5 ? never(c) : twice(1) - 2;\n}\n");
  for (const std::string level : {"-O0", "-O2"}) {
    if (!folder.run("clang " + level + " -gline-tables-only src/add.c -o program")) return;
    const Image image = folder.read();
    CHECK(functions_at(image, 2) == Names{"twice"});
    CHECK(functions_at(image, 5) == Names{"never"});
    CHECK(functions_at(image, 8) == Names{"main"});
    CHECK(image.functions.size() == 3);
  }
}

TEST_CASE("a file behind a link that leads out of its root counts, however the root is reached") {
  const Folder folder;
  folder.must_run("mkdir elsewhere && ln -s ../elsewhere src/gen && ln -s src way && ln -s way further");
  folder.write("elsewhere/gen.h", "static inline int gen(int x) {\n  return x ? 3 : 4;\n}\n");
  folder.write("src/main.c", "#include \"gen/gen.h\"\nint main(void) {\n  return gen(1) - 3;\n}\n");
  for (const std::string from : {"src", "way", "further"}) {
    folder.must_run("cd " + from + " && " RECOUNT_TEST_CC " -g -I\"$PWD\" \"$PWD/main.c\" -o ../program");
    const Image image = folder.read();
    CHECK(Names(image.files.begin(), image.files.end()) ==
          Names{folder.root() + "/gen/gen.h", folder.root() + "/main.c"});
  }
}

}  // namespace
}  // namespace recount::test
