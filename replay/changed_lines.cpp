#include "replay/changed_lines.hpp"

#include <algorithm>
#include <charconv>
#include <istream>
#include <string_view>
#include <unordered_map>

#include "replay/errors.hpp"

namespace recount {
namespace {

constexpr std::string_view kNowhere = "/dev/null";

// One escape of a name that git put in quotes, from behind the backslash. Moves `at` behind it.
char unescaped(std::string_view name, std::size_t& at) {
  constexpr std::string_view kLetters = "abtnvfr", kMeanings = "\a\b\t\n\v\f\r";
  const auto is_octal = [&](std::size_t i) {
    return i < name.size() && name[i] >= '0' && name[i] <= '7';
  };
  if (is_octal(at) && is_octal(at + 1) && is_octal(at + 2)) {
    const int byte = (name[at] - '0') * 64 + (name[at + 1] - '0') * 8 + (name[at + 2] - '0');
    at += 3;
    return static_cast<char>(byte);
  }
  const std::size_t letter = kLetters.find(name[at]);
  return letter == std::string_view::npos ? name[at++] : (++at, kMeanings[letter]);
}

// The name behind "--- " or "+++ ": in quotes, or up to a tab, behind which diff -u has a time.
std::string name_of(std::string_view text) {
  if (!text.starts_with('"')) return std::string(text.substr(0, text.find('\t')));
  std::string name;
  for (std::size_t at = 1; at < text.size() && text[at] != '"';)
    if (text[at] == '\\' && at + 1 < text.size())
      name += unescaped(text, ++at);
    else
      name += text[at++];
  return name;
}

bool has_git_prefix(const std::string& name) {
  constexpr std::string_view kPrefixes = "abiwco12";
  return name.size() > 2 && name[1] == '/' && kPrefixes.find(name[0]) != std::string_view::npos;
}

// -pN of patch(1): the smallest prefix with N slashes goes; several slashes in a row are one.
std::string stripped(std::string name, std::uint32_t count) {
  std::size_t at = 0;
  for (; count != 0 && at < name.size(); --count) {
    at = std::min(name.find('/', at), name.size());
    while (at < name.size() && name[at] == '/') ++at;
  }
  return name.substr(at);
}

struct Hunk {
  std::uint32_t old_left = 0, new_left = 0, next = 0;  // `next`: the number of the next new line
  bool open() const { return old_left != 0 || new_left != 0; }
};

// "12" or "12,3" at the front of the text, which is moved on. `count` is 1 if it is not there.
bool take_range(std::string_view& text, std::uint32_t& first, std::uint32_t& count) {
  count = 1;
  const auto take = [&](std::uint32_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
  };
  if (!take(first)) return false;
  if (!text.starts_with(',')) return true;
  text.remove_prefix(1);
  return take(count);
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

class PatchReader {
 public:
  PatchReader(const std::string& name, std::optional<std::uint32_t> strip,
              std::map<std::string, ChangedLines::Lines>& files)
      : name_(name), strip_(strip), files_(files) {}

  void read(std::istream& patch) {
    for (std::string line; std::getline(patch, line);) {
      ++number_;
      if (hunk_.open())
        hunk_line(line);
      else
        head_line(line);
    }
    if (hunk_.open()) fail("ends in the middle of a hunk; make the patch again");
    if (!known_ && !blank_) fail("is no unified diff; make one with: git diff");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw FileError(name_, "line " + std::to_string(number_) + ": " + what);
  }

  void head_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    blank_ = blank_ && line.find_first_not_of(" \t") == std::string_view::npos;
    if (line.starts_with("diff --git ")) known_ = true, lines_ = nullptr;
    if (line.starts_with("@@@ "))
      fail("is the combined diff of a merge; make one against one side with: git diff BASE");
    if (line.starts_with("--- "))
      old_name_ = name_of(line.substr(4));
    else if (line.starts_with("+++ "))
      new_file(name_of(line.substr(4)));
    else if (line.starts_with("@@ "))
      new_hunk(line);
  }

  void new_file(const std::string& name) {
    known_ = true;
    lines_ = nullptr;
    if (name == kNowhere) return;
    const bool git =
        has_git_prefix(name) &&
        (old_name_ == kNowhere || (has_git_prefix(old_name_) && old_name_.front() != name.front()));
    lines_ = &files_[stripped(name, strip_.value_or(git ? 1 : 0))];
  }

  void new_hunk(std::string_view text) {
    std::uint32_t old_first = 0;
    const bool good = take(text, "@@ -") && take_range(text, old_first, hunk_.old_left) &&
                      take(text, " +") && take_range(text, hunk_.next, hunk_.new_left) &&
                      take(text, " @@");
    if (!good) fail("is no head of a hunk as in @@ -1,2 +3,4 @@; make the patch again");
  }

  // An empty line is an empty line of context: mailers cut blanks at the end.
  void hunk_line(const std::string& line) {
    const char kind = line.empty() || line == "\r" ? ' ' : line[0];
    if (kind == '\\') return;  // no newline at the end of the file
    if (kind != ' ' && kind != '+' && kind != '-')
      fail("is no line of a hunk; make the patch again");
    if (kind != '+') spend(hunk_.old_left);
    if (kind == '-') return;
    spend(hunk_.new_left);
    if (kind == '+' && lines_) lines_->push_back(hunk_.next);
    ++hunk_.next;
  }

  void spend(std::uint32_t& left) const {
    if (left == 0) fail("is one line more than the head of its hunk says; make the patch again");
    --left;
  }

  const std::string& name_;
  const std::optional<std::uint32_t> strip_;
  std::map<std::string, ChangedLines::Lines>& files_;
  ChangedLines::Lines* lines_ = nullptr;  // of the file that the hunks are of; null: it is no more
  std::string old_name_;
  Hunk hunk_;
  std::size_t number_ = 0;  // of the patch's line
  bool known_ = false;      // a diff was seen
  bool blank_ = true;
};

std::string path_below(const std::string& folder, const std::string& path) {
  if (path.starts_with('/')) return path;
  return (folder == "/" ? "" : folder) + "/" + path;
}

}  // namespace

ChangedLines ChangedLines::read(std::istream& patch, const std::string& name,
                                std::optional<std::uint32_t> strip) {
  ChangedLines changed;
  PatchReader(name, strip, changed.files_).read(patch);
  for (auto& [file, lines] : changed.files_) {  // a file may come twice
    std::sort(lines.begin(), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  }
  return changed;
}

bool ChangedLines::any_below(const std::string& folder, const Paths& paths) const {
  return std::any_of(files_.begin(), files_.end(), [&](const auto& file) {
    return paths.contains(path_below(folder, file.first));
  });
}

std::optional<std::string> ChangedLines::folder_of(const CoverageReport& report) const {
  Paths paths;
  for (const FileCoverage& file : report.files()) paths.insert(file.file);
  for (std::string folder = report.root();;) {
    if (any_below(folder, paths)) return folder;
    if (folder == "/") return std::nullopt;
    folder.resize(std::max<std::size_t>(1, folder.rfind('/')));
  }
}

bool ChangedLines::narrow(CoverageReport& report) const {
  const std::optional<std::string> folder = folder_of(report);
  std::unordered_map<std::string, const Lines*> by_file;
  for (const auto& [path, lines] : files_)
    if (folder) by_file[path_below(*folder, path)] = &lines;
  report.change_files([&](FileCoverage& file) {
    const auto found = by_file.find(file.file);
    file.keep_lines([&](std::uint32_t line) {
      return found != by_file.end() &&
             std::binary_search(found->second->begin(), found->second->end(), line);
    });
  });
  return folder || files_.empty();
}

}  // namespace recount
