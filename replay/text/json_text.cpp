#include "replay/text/json_text.hpp"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "replay/text/text.hpp"

namespace recount {
namespace {

// What the library leaves as it is: all but the control characters below a blank, and a line's end is its own.
std::string json_escape(std::uint32_t code) {
  if (code == '\n') return "\n";
  std::array<char, 8> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "\\u%04x", code & 0xffffU);  // none is beyond U+FFFF
  return buffer.data();
}

}  // namespace

std::string json_document(const nlohmann::ordered_json& json, int indent) {
  return with_harmful(json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace), json_escape);
}

std::string json_text(std::string_view text) { return json_document(nlohmann::ordered_json(text)); }

}  // namespace recount
