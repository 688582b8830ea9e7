// JSON that is written as it goes: reports are too long to be built in memory first.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <string_view>

namespace recount {

// `text` as a JSON string, quotes included. What is no UTF-8 in it becomes U+FFFD, and what is
// harmful on a terminal (text.hpp) is escaped.
std::string json_text(std::string_view text);
std::string json_document(const nlohmann::ordered_json& json, int indent = -1);  // -1: on one line

// An array with one element a line, so that a diff of two reports reads well. `write` gets the
// stream and the element.
template <typename Elements, typename Write>
void write_json_array(std::ostream& out, const Elements& elements, Write write) {
  out << '[';
  const char* separator = "\n";
  for (const auto& element : elements) {
    out << separator;
    write(out, element);
    separator = ",\n";
  }
  out << ']';
}

}  // namespace recount
