#include "replay/coverage/patch.hpp"

#include <algorithm>
#include <charconv>
#include <istream>
#include <string_view>

#include "replay/log/errors.hpp"

namespace recount {
namespace {

constexpr std::string_view kNowhere = "/dev/null";

// One escape of a name that git put in quotes, from behind the backslash. Moves `at` behind it.
char unescaped(std::string_view name, std::size_t& at) {
  constexpr std::string_view kLetters = "abtnvfr", kMeanings = "\a\b\t\n\v\f\r";
  const auto is_octal = [&](std::size_t i) { return i < name.size() && name[i] >= '0' && name[i] <= '7'; };
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
  std::uint32_t old_left = 0, new_left = 0;
  std::uint32_t old_next = 0, new_next = 0;  // the numbers of the next lines
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
  PatchReader(const std::string& name, std::optional<std::uint32_t> strip, std::vector<PatchFile>& files)
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
    if (line.starts_with("diff --git ")) new_head(line.substr(11));
    if (line.starts_with("Binary files ") || line == "GIT binary patch") binary_file();
    if (line.starts_with("@@@ "))
      fail("is the combined diff of a merge; make one against one side with: git diff BASE");
    if (line.starts_with("--- "))
      old_name_ = name_of(line.substr(4));
    else if (line.starts_with("+++ "))
      new_file(name_of(line.substr(4)));
    else if (line.starts_with("@@ "))
      new_hunk(line);
  }

  // "a/NAME b/NAME": the two names of a file that was not renamed. They are all that git says of a
  // binary one.
  void new_head(std::string_view names) {
    known_ = true;
    is_open_ = false;
    const std::size_t half = names.size() / 2;
    const std::string before = name_of(names.substr(0, half)),
                      after = name_of(names.substr(std::min(half + 1, names.size())));
    head_name_ = strip_name(before) == strip_name(after) ? strip_name(after) : "";
  }

  std::string strip_name(const std::string& name) const {
    return stripped(name, strip_.value_or(has_git_prefix(name) ? 1 : 0));
  }

  void binary_file() {
    if (!is_open_ && !head_name_.empty()) files_.push_back({head_name_, head_name_, {}, {}, {}});
    head_name_.clear();
  }

  void new_file(const std::string& name) {
    known_ = is_open_ = true;
    const bool is_new = old_name_ == kNowhere, is_gone = name == kNowhere;
    const bool git = (is_new || has_git_prefix(old_name_)) && (is_gone || has_git_prefix(name)) &&
                     (is_new || is_gone || old_name_.front() != name.front());
    const std::uint32_t strip = strip_.value_or(git ? 1 : 0);
    files_.push_back({is_new ? "" : stripped(old_name_, strip), is_gone ? "" : stripped(name, strip), {}, {}, {}});
  }

  void new_hunk(std::string_view text) {
    const bool good = take(text, "@@ -") && take_range(text, hunk_.old_next, hunk_.old_left) && take(text, " +") &&
                      take_range(text, hunk_.new_next, hunk_.new_left) && take(text, " @@");
    if (!good) fail("is no head of a hunk as in @@ -1,2 +3,4 @@; make the patch again");
    if (hunk_.old_left == 0) ++hunk_.old_next;  // it is said behind which line the new ones come
  }

  // An empty line is an empty line of context: mailers cut blanks at the end.
  void hunk_line(const std::string& line) {
    const char kind = line.empty() || line == "\r" ? ' ' : line[0];
    if (kind == '\\') return;  // no newline at the end of the file
    if (kind != ' ' && kind != '+' && kind != '-') fail("is no line of a hunk; make the patch again");
    if (kind == ' ') end_block();
    if (kind != '+') spend(hunk_.old_left);
    if (kind != '-') spend(hunk_.new_left);
    if (is_open_ && kind == '+') files_.back().added.push_back(hunk_.new_next), adds_ = true;
    if (is_open_ && kind == '-') files_.back().removed.push_back(hunk_.old_next), removes_ = true;
    hunk_.old_next += kind != '+';
    hunk_.new_next += kind != '-';
    if (!hunk_.open()) end_block();
  }

  // Lines that are only added change what is around them.
  void end_block() {
    if (adds_ && !removes_) files_.back().gaps.push_back(hunk_.old_next - 1);
    adds_ = removes_ = false;
  }

  void spend(std::uint32_t& left) const {
    if (left == 0) fail("is one line more than the head of its hunk says; make the patch again");
    --left;
  }

  const std::string& name_;
  const std::optional<std::uint32_t> strip_;
  std::vector<PatchFile>& files_;
  bool is_open_ = false;  // the hunks that come are of the last file
  std::string head_name_, old_name_;
  Hunk hunk_;
  std::size_t number_ = 0;  // of the patch's line
  bool known_ = false;      // a diff was seen
  bool blank_ = true;
  bool adds_ = false, removes_ = false;  // the lines since the last one of context
};

}  // namespace

std::vector<PatchFile> read_patch(std::istream& patch, const std::string& name, std::optional<std::uint32_t> strip) {
  std::vector<PatchFile> files;
  PatchReader(name, strip, files).read(patch);
  return files;
}

std::string path_below(const std::string& folder, const std::string& path) {
  if (path.starts_with('/')) return path;
  return (folder == "/" ? "" : folder) + "/" + path;
}

std::optional<std::string> folder_of(const std::vector<std::string>& names, std::string root,
                                     const std::function<bool(const std::string&)>& is_known) {
  for (std::string folder = std::move(root);;) {
    const auto is_there = [&](const std::string& name) { return is_known(path_below(folder, name)); };
    if (std::any_of(names.begin(), names.end(), is_there)) return folder;
    if (folder == "/") return std::nullopt;
    folder.resize(std::max<std::size_t>(1, folder.rfind('/')));
  }
}

}  // namespace recount
