// The grammar of an XML format, as far as we promise it: a test holds a report against it without any file of the format's
// owner.
//
//   const XmlGrammar grammar{{"list", {.attributes = {{"version", "1"}}, .children = {{"item", 0, kAnyNumber}}}},
//                            {"item", {.attributes = {{"id", "[0-9]+"}}}}};
//   CHECK(complaints_about(text, "list", grammar) == std::vector<std::string>{});
//
// An element has all of its attributes and no others, and its children in the order of the rule. It has text only if the
// rule says so.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace recount::test {

constexpr std::size_t kAnyNumber = static_cast<std::size_t>(-1);

struct XmlChild {
  std::string name;
  std::size_t least = 1, most = 1;
};

struct XmlRule {
  std::map<std::string, std::string> attributes = {};  // name, and the pattern of the whole value; "": any value
  std::vector<XmlChild> children = {};
  bool has_text = false;
};

using XmlGrammar = std::map<std::string, XmlRule>;  // by the name of the element

// One line for each broken rule, the first 20 of them; a text that is no XML has one complaint.
std::vector<std::string> complaints_about(const std::string& xml, const std::string& root, const XmlGrammar& grammar);

}  // namespace recount::test
