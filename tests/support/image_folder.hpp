// Programs that are compiled while a test runs, and what read_image says of them.
#pragma once

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <tuple>

#include "tests/support/catch.hpp"
#include "tracer/base/unique_fd.hpp"
#include "tracer/image/image_reader.hpp"

namespace recount::test {

namespace fs = std::filesystem;

using Lines = std::set<unsigned>;

class Folder {  // of its own for each test, with the source root "src" in it
 public:
  Folder() {
    char name[] = "/tmp/recount-image-XXXXXX";
    if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = fs::canonical(name);
    fs::create_directory(path_ / "src");
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  fs::path operator/(const std::string& name) const { return path_ / name; }
  std::string root() const { return (path_ / "src").string(); }
  SourceFilter sources() const { return SourceFilter({root()}, {}, {}); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }
  bool run(const std::string& command) const {
    const std::string line = "cd '" + path_.string() + "' && " + command + " >log 2>&1";
    return std::system(line.c_str()) == 0;
  }
  void must_run(const std::string& command) const {
    const bool good = run(command);
    std::ifstream log(path_ / "log");
    INFO(command << '\n' << std::string(std::istreambuf_iterator<char>(log), {}));
    REQUIRE(good);
  }
  void cc(const std::string& arguments) const { must_run(RECOUNT_TEST_CC " " + arguments); }
  void cxx(const std::string& arguments) const { must_run(RECOUNT_TEST_CXX " " + arguments); }

  Image read(const std::string& name = "program") const { return read(name, sources()); }
  Image read(const std::string& name, const SourceFilter& filter) const {
    const UniqueFd fd(open((path_ / name).c_str(), O_RDONLY));
    REQUIRE(fd);
    return read_image(fd.get(), "a name that cannot be opened", {filter, DebugFolders()});
  }
  Image read_with(const std::vector<std::string>& debug_folders, PathMap map = {}) const {
    const UniqueFd fd(open((path_ / "program").c_str(), O_RDONLY));
    REQUIRE(fd);
    return read_image(fd.get(), (path_ / "program").string(),
                      {SourceFilter({root()}, {}, {}, std::move(map)), DebugFolders(debug_folders)});
  }

 private:
  fs::path path_;
};

inline std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline Image read_bytes(const std::string& bytes, const SourceFilter& sources) {
  const UniqueFd fd(memfd_create("image", 0));
  REQUIRE(::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  return read_image(fd.get(), "memory", {sources, DebugFolders()});
}

inline Lines marked(const std::string& source, const std::string& mark) {
  Lines lines;
  std::istringstream in(source);
  std::string text;
  for (unsigned line = 1; std::getline(in, text); ++line) {
    if (text.find("// " + mark) != std::string::npos) lines.insert(line);
  }
  return lines;
}

inline Lines lines_of(const Image& image, const std::string& file = {}) {
  Lines lines;
  for (const ImageLine& line : image.lines) {
    if (file.empty() || fs::path(image.files[line.file]).filename() == file) lines.insert(line.line);
  }
  return lines;
}

inline std::set<std::string> functions_at(const Image& image, unsigned wanted) {
  std::set<std::string> names;
  for (const ImageLine& line : image.lines) {
    if (line.line != wanted) continue;
    const bool named = line.function != ImageLine::kNoFunction;
    names.insert(named ? image.functions[line.function].name : "?");
  }
  return names;
}

inline const std::string* file_byte(const std::string& elf, std::uint64_t address, unsigned char& byte) {
  Elf64_Ehdr header;
  std::memcpy(&header, elf.data(), sizeof header);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, elf.data() + header.e_phoff + i * sizeof segment, sizeof segment);
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    if (address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz) continue;
    byte = static_cast<unsigned char>(elf[segment.p_offset + address - segment.p_vaddr]);
    return &elf;
  }
  return nullptr;
}

inline void check_promises(const Image& image) {  // what image_reader.hpp says of every image
  CHECK(image.probes.empty() == !image.reason.empty());
  const auto address = [](const ImageProbe& a, const ImageProbe& b) { return a.address < b.address; };
  CHECK(std::is_sorted(image.probes.begin(), image.probes.end(), address));
  CHECK(std::adjacent_find(image.probes.begin(), image.probes.end(),
                           [](auto& a, auto& b) { return a.address == b.address; }) == image.probes.end());
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> seen;
  std::uint32_t last = 0;
  for (const ImageLine& line : image.lines) {
    REQUIRE(line.probe < image.probes.size());
    REQUIRE(line.file < image.files.size());
    REQUIRE((line.function == ImageLine::kNoFunction || line.function < image.functions.size()));
    CHECK(line.line != 0);
    CHECK(line.probe >= last);
    CHECK(seen.insert({line.probe, line.file, line.line}).second);
    last = line.probe;
  }
  for (const ImageFunction& function : image.functions) CHECK(function.file < image.files.size());
}

inline void check_originals(const Image& image, const fs::path& program) {
  const std::string elf = bytes_of(program);
  for (const ImageProbe& probe : image.probes) {
    unsigned char byte = 0;
    REQUIRE(file_byte(elf, raw(probe.address), byte) != nullptr);
    CHECK(byte == probe.original);
  }
}

inline const std::string kAdd =
    "static int twice(int a) {  // code\n"
    "  return 2 * a;            // code\n"
    "}\n"
    "\n"
    "int add(int a, int b) {    // code\n"
    "  int sum = twice(a);      // code\n"
    "  if (b > 3)               // code\n"
    "    sum += b;              // code\n"
    "  return sum;              // code\n"
    "}\n"
    "\n"
    "int main(int argc, char **argv) {  // code\n"
    "  (void)argv;\n"
    "  return add(argc, 1) - 3;         // code\n"
    "}\n";

inline Image read_add(const Folder& folder, const std::string& flags) {
  folder.write("src/add.c", kAdd);
  folder.cc("-O0 " + flags + " src/add.c -o program");
  return folder.read();
}

}  // namespace recount::test
