#include "tracer/base/secret.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace recount {
namespace {

constexpr std::array<std::string_view, 18> kSecretParts{
    "TOKEN", "SECRET",  "PASSWORD", "PASSWD", "PASSPHRASE", "PASSCODE",  "KEY",     "CREDENTIAL", "CREDS",
    "AUTH",  "PRIVATE", "COOKIE",   "JWT",    "BEARER",     "SIGNATURE", "WEBHOOK", "DSN",        "CONNECTION_STRING"};

// GitHub, GitLab, Slack, npm, PyPI, Stripe and others, AWS, Google, Hugging Face; a key in PEM; a JSON web token.
constexpr std::array<std::string_view, 20> kSecretBeginnings{
    "ghp_",  "gho_", "ghu_",  "ghs_", "ghr_",     "github_pat_", "glpat-", "gldt-", "xoxb-", "xoxp-",
    "xoxa-", "npm_", "pypi-", "sk-",  "sk_live_", "AKIA",        "ASIA",   "AIza",  "hf_",   "eyJ"};
constexpr std::size_t kShortestToken = 16;

bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_of_word(char c) { return is_letter_or_digit(c) || c == '_' || c == '-' || c == '+'; }

bool has_secret_beginning(std::string_view word) {
  return word.size() >= kShortestToken && std::any_of(kSecretBeginnings.begin(), kSecretBeginnings.end(),
                                                      [&](auto begin) { return word.starts_with(begin); });
}

bool is_hexadecimal(std::string_view word) {
  return std::all_of(word.begin(), word.end(),
                     [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
}

int kind_of(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isdigit(byte) ? 1 : std::isupper(byte) ? 2 : std::islower(byte) ? 3 : 0;
}

// Words in CamelCase change their kind at two of five places, random ones at three of five.
bool is_random(std::string_view word) {
  constexpr std::size_t kShortest = 24;
  if (word.size() < kShortest) return false;
  std::array<std::size_t, 4> count{};
  std::size_t changes = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    ++count[static_cast<std::size_t>(kind_of(word[i]))];
    changes += i > 0 && kind_of(word[i]) != kind_of(word[i - 1]) ? 1 : 0;
  }
  return count[1] >= 2 && count[2] != 0 && count[3] != 0 && changes * 20 >= word.size() * 9;
}

bool is_secret_word(std::string_view word) {
  constexpr std::size_t kShortestHexadecimal = 32;
  return has_secret_beginning(word) || is_random(word) || (word.size() >= kShortestHexadecimal && is_hexadecimal(word));
}

// Where the user of a URL begins and where the host does; both npos if it names no user.
std::pair<std::size_t, std::size_t> user_in(std::string_view text, std::size_t from) {
  constexpr auto kNone = std::string_view::npos;
  const auto scheme = text.find("://", from);
  if (scheme == kNone) return {kNone, kNone};
  const auto end = text.find_first_of("/?# \t\n\"'", scheme + 3);
  const auto at = text.substr(0, end).rfind('@');
  return at == kNone || at < scheme + 3 ? std::pair{kNone, kNone} : std::pair{scheme + 3, at + 1};
}

bool has_password_in_url(std::string_view text) {
  for (auto at = text.find("://"); at != std::string_view::npos; at = text.find("://", at + 3)) {
    const auto [user, host] = user_in(text, at);
    if (user != std::string_view::npos && text.substr(user, host - user).find(':') != std::string_view::npos)
      return true;
  }
  return false;
}

}  // namespace

bool is_secret_name(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  if (upper == "PWD" || upper == "OLDPWD") return false;  // the working folder
  if (upper.ends_with("PWD") || upper.ends_with("PASS") || upper.ends_with("_PAT")) return true;
  return std::any_of(kSecretParts.begin(), kSecretParts.end(),
                     [&](auto part) { return upper.find(part) != std::string::npos; });
}

bool looks_secret(std::string_view value) {
  if (value.find("PRIVATE KEY-----") != std::string_view::npos || has_password_in_url(value)) return true;
  for (std::size_t at = 0; at < value.size();) {
    const auto begin = std::find_if(value.begin() + static_cast<std::ptrdiff_t>(at), value.end(), is_of_word);
    const auto end = std::find_if_not(begin, value.end(), is_of_word);
    if (is_secret_word(
            value.substr(static_cast<std::size_t>(begin - value.begin()), static_cast<std::size_t>(end - begin))))
      return true;
    at = static_cast<std::size_t>(end - value.begin());
  }
  return false;
}

std::string without_user(const std::string& url) {
  const auto [user, host] = user_in(url, 0);
  return user == std::string::npos ? url : url.substr(0, user) + url.substr(host);
}

}  // namespace recount
