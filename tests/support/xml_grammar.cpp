#include "tests/support/xml_grammar.hpp"

#include <expat.h>

#include <algorithm>
#include <memory>
#include <regex>

namespace recount::test {
namespace {

constexpr std::size_t kComplaintsMax = 20;

class Checker {
 public:
  Checker(const std::string& root, const XmlGrammar& grammar) : root_(root), grammar_(grammar) {}

  void begin(const std::string& name, std::map<std::string, std::string> attributes) {
    const bool is_root = open_.empty();
    if (!is_root) open_.back().children.push_back(name);
    open_.push_back({name, {}, false});
    if (is_root && name != root_) complain("is not the root, which is " + root_);
    const XmlRule* const rule = rule_of(name);
    if (rule == nullptr) return complain("is not part of the format");
    for (const auto& [attribute, pattern] : rule->attributes) {
      const auto found = attributes.find(attribute);
      if (found == attributes.end()) {
        complain("has no " + attribute);
      } else {
        if (!matches(found->second, pattern)) complain("has " + attribute + "=\"" + found->second + "\"");
        attributes.erase(found);
      }
    }
    for (const auto& [attribute, value] : attributes) complain("may have no " + attribute);
  }

  void text(const std::string& text) {
    if (text.find_first_not_of(" \t\r\n") != std::string::npos) open_.back().has_text = true;
  }

  void end() {
    if (const XmlRule* const rule = rule_of(open_.back().name)) {
      if (open_.back().has_text && !rule->has_text) complain("may have no text");
      check_children(rule->children, open_.back().children);
    }
    open_.pop_back();
  }

  void complain(const std::string& what) {
    std::string path;
    for (const Open& element : open_) path += "/" + element.name;
    if (complaints.size() < kComplaintsMax) complaints.push_back(path + " " + what);
  }

  std::vector<std::string> complaints;

 private:
  struct Open {
    std::string name;
    std::vector<std::string> children;
    bool has_text = false;
  };

  const XmlRule* rule_of(const std::string& name) const {
    const auto found = grammar_.find(name);
    return found == grammar_.end() ? nullptr : &found->second;
  }

  static bool matches(const std::string& value, const std::string& pattern) {
    return pattern.empty() || std::regex_match(value, std::regex(pattern));
  }

  // Each kind of child in its turn, as many of it as there are.
  void check_children(const std::vector<XmlChild>& kinds, const std::vector<std::string>& children) {
    auto at = children.begin();
    for (const XmlChild& kind : kinds) {
      const auto next = std::find_if(at, children.end(), [&](const std::string& name) { return name != kind.name; });
      const auto count = static_cast<std::size_t>(next - at);
      if (count < kind.least || count > kind.most)
        complain("has " + std::to_string(count) + " " + kind.name + " there");
      at = next;
    }
    if (at != children.end()) complain("has a " + *at + " out of its place");
  }

  const std::string& root_;
  const XmlGrammar& grammar_;
  std::vector<Open> open_;
};

void on_begin(void* checker, const XML_Char* name, const XML_Char** words) {
  std::map<std::string, std::string> attributes;
  for (; *words != nullptr; words += 2) attributes[words[0]] = words[1];
  static_cast<Checker*>(checker)->begin(name, std::move(attributes));
}

void on_end(void* checker, const XML_Char*) { static_cast<Checker*>(checker)->end(); }

void on_text(void* checker, const XML_Char* text, int size) {
  static_cast<Checker*>(checker)->text({text, static_cast<std::size_t>(size)});
}

}  // namespace

std::vector<std::string> complaints_about(const std::string& xml, const std::string& root, const XmlGrammar& grammar) {
  Checker checker(root, grammar);
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(XML_ParserCreate(nullptr), &XML_ParserFree);
  XML_SetUserData(parser.get(), &checker);
  XML_SetElementHandler(parser.get(), on_begin, on_end);
  XML_SetCharacterDataHandler(parser.get(), on_text);
  if (XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE) == XML_STATUS_ERROR)
    return {std::string("it is no XML: ") + XML_ErrorString(XML_GetErrorCode(parser.get()))};
  return std::move(checker.complaints);
}

}  // namespace recount::test
