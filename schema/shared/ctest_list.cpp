#include "schema/shared/ctest_list.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace recount {

namespace {

bool has_command(const nlohmann::json& test) {
  return test.contains("command") && test["command"].is_array() && !test["command"].empty();
}

}  // namespace

CtestList ctest_list(std::string_view json) {
  const auto info = nlohmann::json::parse(json, nullptr, false);
  const bool is_ours = info.is_object() && info.value("kind", nlohmann::json()) == "ctestInfo" &&
                       info.contains("tests") && info["tests"].is_array();
  if (!is_ours) throw std::runtime_error("it is not the output of ctest --show-only=json-v1");
  CtestList list;
  for (const auto& test : info["tests"]) {
    if (!test.is_object() || !test.contains("name") || !test["name"].is_string()) continue;
    if (has_command(test))
      list.tests.push_back({test["name"].get<std::string>(),
                            test["command"].dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)});
    else
      ++list.without_command;
  }
  return list;
}

CtestList read_ctest_list(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) throw std::runtime_error(std::strerror(errno));
  return ctest_list(text);
}

std::vector<TestCommand> read_ctest_tests(const std::string& path) { return read_ctest_list(path).tests; }

}  // namespace recount
