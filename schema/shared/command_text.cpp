#include "schema/shared/command_text.hpp"

#include <algorithm>

namespace recount {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('|', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace

OptionText::Argument OptionText::kind() const {
  if (argument.empty()) return Argument::none;
  if (argument == "DIR") return Argument::folder;
  for (const std::string_view file : {"FILE", "PATCH", "LIST", "LOG..."})
    if (argument == file) return Argument::file;
  return Argument::word;
}

void add_choices(std::vector<OptionText>& options) {
  for (OptionText& option : options) {
    const std::vector<std::string> words = split(option.argument);
    if (words.size() > 1 && std::all_of(words.begin(), words.end(), is_word)) option.choices = words;
  }
}

}  // namespace recount
