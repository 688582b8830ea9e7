// A headless Chromium, asked through its driver (WebDriver, W3C) over the loopback: what a reader
// of a page sees and does.
//
//   if (!Browser::is_installed()) return;           // says so, in the words that CTest knows as
//   "skipped" Browser browser(Browser::Scheme::dark); browser.open("file:///tmp/page.html");
//   browser.click("#next");
//   CHECK(browser.comes("return document.title === 'Coverage'"));
//
// Each browser has a profile of its own, which is gone afterwards. Errors of the driver are thrown.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/background.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {

class Browser {
 public:
  enum class Scheme { light, dark };
  static bool is_installed();

  explicit Browser(Scheme scheme = Scheme::light);
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  void open(const std::string& address);
  void open_file(const std::string& path) { open("file://" + path); }
  nlohmann::json answer(const std::string& body);  // what a function with this body returns
  bool comes(const std::string& body);             // waits until it returns true, not for ever
  void click(const std::string& selector);         // as with a mouse, where the element is
  void press(const std::string& key);              // as on a keyboard, wherever the focus is; "Escape", "Down", "j"
  void type(const std::string& text);
  void be_wide(int pixels);                       // as the screen of a telephone is narrow
  void save_screenshot(const std::string& path);  // PNG

 private:
  nlohmann::json ask(const std::string& method, const std::string& path, const nlohmann::json& body);
  nlohmann::json in_session(const std::string& method, const std::string& path, const nlohmann::json& body);
  int wait_for_port();

  TemporaryFolder profile_;
  std::unique_ptr<Background> driver_;
  int port_ = 0;
  std::string session_;
};

}  // namespace recount::test
