#include "tests/support/browser.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <stdexcept>

namespace recount::test {
namespace {

using Json = nlohmann::json;

int connected(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("the browser's driver does not answer");
  return fd;
}

// The body of an answer, once all of it has come; the driver does not close the connection by
// itself.
bool is_whole(const std::string& answer, std::string& body) {
  static const std::regex length("content-length: *([0-9]+)", std::regex::icase);
  const std::size_t head = answer.find("\r\n\r\n");
  std::smatch match;
  const std::string heads = answer.substr(0, head);
  if (head == std::string::npos || !std::regex_search(heads, match, length)) return false;
  body = answer.substr(head + 4);
  return body.size() >= std::stoul(match[1]);
}

std::string http_answer(int port, const std::string& request) {
  const int fd = connected(port);
  std::size_t sent = 0;
  while (sent < request.size()) {
    const ssize_t got = ::send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (got <= 0) break;
    sent += static_cast<std::size_t>(got);
  }
  std::string answer;
  std::string body;
  std::array<char, 65536> buffer;
  while (!is_whole(answer, body)) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(fd);
  return body;
}

std::string decoded(const std::string& base64) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned group = 0;
  int bits = 0;
  for (const char c : base64) {
    const auto digit = digits.find(c);
    if (digit == std::string::npos) break;
    group = group << 6 | static_cast<unsigned>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 0xff);
  }
  return bytes;
}

// WebDriver, "Keyboard actions": keys without a character have one in a private area of Unicode.
std::string key_value(const std::string& key) {
  static const std::map<std::string, std::string> named{{"Escape", "\ue00c"}, {"Enter", "\ue007"}, {"End", "\ue010"},
                                                        {"Home", "\ue011"},   {"Left", "\ue012"},  {"Up", "\ue013"},
                                                        {"Right", "\ue014"},  {"Down", "\ue015"}};
  const auto found = named.find(key);
  return found == named.end() ? key : found->second;
}

Json key_actions(const std::string& key) {
  const std::string value = key_value(key);
  return {{"actions",
           {{{"type", "key"},
             {"id", "keyboard"},
             {"actions", {{{"type", "keyDown"}, {"value", value}}, {{"type", "keyUp"}, {"value", value}}}}}}}};
}

}  // namespace

bool Browser::is_installed() {
  const bool there = run({.arguments = {"sh", "-c", "command -v chromium && command -v chromedriver"}}).status() == 0;
  if (!there) std::cout << "skipped: chromium and chromedriver are not there\n";
  return there;
}

int Browser::wait_for_port() {
  if (!driver_->says("started successfully on port ")) throw std::runtime_error("the browser's driver does not start");
  std::smatch match;
  const auto told = [&] {
    const std::string output = driver_->output();
    static const std::regex port("on port ([0-9]+)\\.");
    return std::regex_search(output, match, port) && (port_ = std::stoi(match[1])) != 0;
  };
  if (!comes_true(told)) throw std::runtime_error("the browser's driver does not tell its port");
  return port_;
}

Browser::Browser(Scheme scheme) {
  driver_ = std::make_unique<Background>(
      Command{.arguments = {"chromedriver", "--port=0"}, .deadline = std::chrono::minutes{20}});
  wait_for_port();
  const Json arguments{"--headless",
                       "--no-sandbox",
                       "--disable-gpu",
                       "--disable-quic",
                       "--no-first-run",
                       "--disable-background-networking",
                       "--disable-component-update",
                       "--disable-sync",
                       "--user-data-dir=" + profile_.path().string(),
                       "--window-size=1400,900"};
  const Json wanted{
      {"capabilities", {{"alwaysMatch", {{"browserName", "chrome"}, {"goog:chromeOptions", {{"args", arguments}}}}}}}};
  session_ = ask("POST", "/session", wanted).at("sessionId").get<std::string>();
  if (scheme == Scheme::light) return;
  const Json feature{{"name", "prefers-color-scheme"}, {"value", "dark"}};
  in_session("POST", "/goog/cdp/execute",
             {{"cmd", "Emulation.setEmulatedMedia"}, {"params", {{"features", Json::array({feature})}}}});
}

Browser::~Browser() {
  try {
    if (!session_.empty()) in_session("DELETE", "", Json::object());
  } catch (const std::exception&) {
    // it is gone already
  }
  driver_->send(SIGTERM);
  driver_->wait();
}

Json Browser::ask(const std::string& method, const std::string& path, const Json& body) {
  const std::string text = method == "POST" ? body.dump() : "";
  const std::string answer =
      http_answer(port_, method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
                             "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text);
  const Json said = Json::parse(answer).at("value");
  if (said.is_object() && said.contains("error"))
    throw std::runtime_error(path + ": " + said.value("message", "") + "\n" + text);
  return said;
}

Json Browser::in_session(const std::string& method, const std::string& path, const Json& body) {
  return ask(method, "/session/" + session_ + path, body);
}

void Browser::open(const std::string& address) { in_session("POST", "/url", {{"url", address}}); }

Json Browser::answer(const std::string& body) {
  return in_session("POST", "/execute/sync", {{"script", body}, {"args", Json::array()}});
}

bool Browser::comes(const std::string& body) {
  return comes_true([&] { return answer(body) == true; });
}

void Browser::click(const std::string& selector) {
  const Json found = in_session("POST", "/element", {{"using", "css selector"}, {"value", selector}});
  in_session("POST", "/element/" + found.begin().value().get<std::string>() + "/click", Json::object());
}

void Browser::press(const std::string& key) { in_session("POST", "/actions", key_actions(key)); }

void Browser::type(const std::string& text) {
  for (const char c : text) press(std::string(1, c));
}

void Browser::be_wide(int pixels) {
  in_session("POST", "/goog/cdp/execute",
             {{"cmd", "Emulation.setDeviceMetricsOverride"},
              {"params", {{"width", pixels}, {"height", 800}, {"deviceScaleFactor", 1}, {"mobile", false}}}});
}

void Browser::save_screenshot(const std::string& path) {
  const std::string png = decoded(in_session("GET", "/screenshot", {}).get<std::string>());
  std::ofstream(path, std::ios::binary).write(png.data(), static_cast<std::streamsize>(png.size()));
}

}  // namespace recount::test
