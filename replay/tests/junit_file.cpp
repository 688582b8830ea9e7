#include "replay/tests/junit_file.hpp"

#include <expat.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>
#include <memory>

#include "replay/log/errors.hpp"

namespace recount {
namespace {

// ctest keeps 1 KiB of the output of a test that passed and 300 KiB of one that failed.
constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 30;
constexpr std::size_t kCasesMax = 1'000'000, kDepthMax = 64, kNameMax = 4096;
constexpr std::size_t kTokenMax = 1 << 20;  // a tag or the like, which expat holds as a whole
constexpr int kPiece = 1 << 16;

std::optional<std::int64_t> nanoseconds(std::string_view seconds) {
  double number = 0;
  const auto [end, error] = std::from_chars(seconds.data(), seconds.data() + seconds.size(), number);
  if (error != std::errc{} || end != seconds.data() + seconds.size()) return std::nullopt;
  if (!(number >= 0 && number < 1e9)) return std::nullopt;
  return std::llround(number * 1e9);
}

JunitCase::Result result_of(std::string_view status) {
  if (status == "fail") return JunitCase::Result::fail;
  if (status == "notrun") return JunitCase::Result::notrun;
  if (status == "disabled") return JunitCase::Result::disabled;
  return JunitCase::Result::run;
}

// Expat 2.9 has both in 64 bits, and calls the others deprecated.
#if XML_MINOR_VERSION >= 9
std::uint64_t line_of(XML_Parser parser) { return XML_GetCurrentLineNumber64(parser); }
std::int64_t offset_of(XML_Parser parser) { return XML_GetCurrentByteIndex64(parser); }
#else
std::uint64_t line_of(XML_Parser parser) { return XML_GetCurrentLineNumber(parser); }
std::int64_t offset_of(XML_Parser parser) { return XML_GetCurrentByteIndex(parser); }
#endif

class JunitReader {
 public:
  explicit JunitReader(const std::string& file) : file_(file), parser_(XML_ParserCreate(nullptr)) {
    if (!parser_) throw std::bad_alloc();
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), on_start, on_end);
    XML_SetStartDoctypeDeclHandler(parser_.get(), on_doctype);
  }

  std::vector<JunitCase> read(std::istream& xml) {
    for (bool more = true; more;) {
      void* const piece = XML_GetBuffer(parser_.get(), kPiece);
      if (!piece) throw std::bad_alloc();
      xml.read(static_cast<char*>(piece), kPiece);
      const auto got = static_cast<int>(xml.gcount());
      more = got == kPiece;
      if ((bytes_ += static_cast<std::uint64_t>(got)) > kBytesMax) fail("is larger than 1 GiB");
      check(XML_ParseBuffer(parser_.get(), got, more ? XML_FALSE : XML_TRUE));
    }
    if (xml.bad()) throw FileError(file_, "cannot be read to its end");
    if (!is_junit_) fail("has no test suite; make it with: ctest --output-junit FILE");
    return std::move(cases_);
  }

 private:
  struct Free {
    void operator()(XML_Parser parser) const noexcept { XML_ParserFree(parser); }
  };

  [[noreturn]] void fail(const std::string& what) const {
    throw FileError(file_, "line " + std::to_string(line_of(parser_.get())) + ": " + what);
  }

  void check(XML_Status status) const {
    if (!refusal_.empty()) fail(refusal_);
    if (status != XML_STATUS_OK)
      fail(std::string("is no XML that can be read: ") + XML_ErrorString(XML_GetErrorCode(parser_.get())));
    const std::int64_t done = offset_of(parser_.get());
    if (done >= 0 && bytes_ - static_cast<std::uint64_t>(done) > kTokenMax + kPiece) fail("has a tag of over 1 MiB");
  }

  // Nothing may be thrown through expat, which is C.
  void refuse(const char* what) {
    refusal_ = what;
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  static void on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    static_cast<JunitReader*>(self)->refuse("has a document type, which results of tests do not need");
  }

  static void on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
    auto& reader = *static_cast<JunitReader*>(self);
    try {
      reader.start(name, attributes);
    } catch (const std::bad_alloc&) {
      reader.refuse("takes more memory than there is");
    }
  }

  static void on_end(void* self, const XML_Char*) {
    auto& reader = *static_cast<JunitReader*>(self);
    if (--reader.depth_ < reader.case_depth_) reader.case_depth_ = 0;
  }

  void start(std::string_view name, const XML_Char** attributes) {
    if (++depth_ > kDepthMax) return refuse("is deeper than results of tests are");
    if (depth_ == 1) is_junit_ = name == "testsuite" || name == "testsuites";
    if (case_depth_ != 0) return detail(name);
    if (name != "testcase") return;
    if (cases_.size() == kCasesMax) return refuse("has over a million tests");
    cases_.emplace_back();
    case_depth_ = depth_;
    for (; *attributes; attributes += 2) attribute(attributes[0], attributes[1]);
  }

  void attribute(std::string_view name, std::string_view value) {
    JunitCase& test = cases_.back();
    if (value.size() > kNameMax) return refuse("has a name of over 4,096 bytes");
    if (name == "name") test.name = value;
    if (name == "classname") test.classname = value;
    if (name == "time") test.time_ns = nanoseconds(value);
    if (name == "status") test.result = result_of(value);
  }

  void detail(std::string_view name) {
    if (depth_ != case_depth_ + 1) return;
    JunitCase::Result& result = cases_.back().result;
    if (name == "failure" || name == "error") result = JunitCase::Result::fail;
    if (name == "skipped" && result == JunitCase::Result::run) result = JunitCase::Result::notrun;
  }

  const std::string& file_;
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> parser_;
  std::vector<JunitCase> cases_;
  std::uint64_t bytes_ = 0;
  std::size_t depth_ = 0, case_depth_ = 0;  // 0: in no test
  bool is_junit_ = false;
  std::string refusal_;
};

}  // namespace

const char* word_of(JunitCase::Result result) {
  switch (result) {
    case JunitCase::Result::run: return "run";
    case JunitCase::Result::fail: return "fail";
    case JunitCase::Result::notrun: return "notrun";
    case JunitCase::Result::disabled: return "disabled";
  }
  return "";
}

std::vector<JunitCase> read_junit(std::istream& xml, const std::string& name) { return JunitReader(name).read(xml); }

std::vector<JunitCase> read_junit_file(const std::string& path) {
  std::ifstream xml(path, std::ios::binary);
  if (!xml || std::filesystem::is_directory(path))
    throw FileError(path, "cannot be read; make it with: ctest --output-junit FILE");
  return read_junit(xml, path);
}

}  // namespace recount
