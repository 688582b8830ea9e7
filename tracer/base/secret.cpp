#include "tracer/base/secret.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

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

constexpr std::string_view kMask = "***";
constexpr auto kNowhere = std::string_view::npos;

// "git" is everybody's, and a user of SSH is no password.
bool is_harmless_user(std::string_view before, std::string_view user) {
  return user == "git@" || (user.find(':') == kNowhere && (before.ends_with("ssh://") || before.ends_with("sftp://") ||
                                                           before.ends_with("rsync://")));
}

std::string without_users_in_urls(std::string_view text) {
  std::string out;
  std::size_t from = 0;
  for (auto at = text.find("://"); at != kNowhere; at = text.find("://", at + 3)) {
    const auto [user, host] = user_in(text, at);
    if (user == kNowhere || is_harmless_user(text.substr(0, user), text.substr(user, host - user))) continue;
    out.append(text.substr(from, user - from)).append(kMask).append("@");
    from = host;
  }
  return out.append(text.substr(from));
}

std::string without_secret_words(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_of_word(text[end])) ++end;
    const std::string_view word = text.substr(at, end - at);
    out.append(is_secret_word(word) ? kMask : word);
    if (end < text.size()) out += text[end];
    at = end + 1;
  }
  return out;
}

bool is_secret_option(std::string_view name) {
  while (name.starts_with('-')) name.remove_prefix(1);
  return !name.starts_with("jobserver-") && is_secret_name(name);  // of make, in each MAKEFLAGS
}

// ON, 0, no, ...: a switch, whatever it is called.
bool is_switch(std::string_view value) {
  return value.size() < 4 || value == "true" || value == "false" || value == "none";
}

bool takes_user(std::string_view option) {
  return option == "-u" || option == "-U" || option == "--user" || option == "--proxy-user";
}

// One word after the other: some say that the next one is secret.
class Masker {
 public:
  std::string text(std::string_view text) {
    if (text.find("PRIVATE KEY-----") != kNowhere) return std::string(kMask);
    constexpr std::string_view kBetween = " \t\r\n\"'`;";
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find_first_of(kBetween, at), text.size());
      if (end > at) out += word(without_users_in_urls(text.substr(at, end - at)));
      if (end < text.size()) out += text[end];
      at = end + 1;
    }
    return out;
  }

 private:
  enum class Next { anything, secret, user };

  std::string word(const std::string& word) {
    const Next expected = std::exchange(next_, Next::anything);
    if (expected == Next::secret && !word.starts_with('-')) return secret(word);
    if (expected == Next::user && !word.starts_with('-')) return without_password(word);
    if (const auto equals = word.find('='); equals != kNowhere) return pair(word, equals);
    if (takes_user(word)) next_ = Next::user;
    if ((word.starts_with('-') || word.ends_with(':')) && is_secret_option(word)) next_ = Next::secret;
    if (word.starts_with("-u") && word.size() > 2) return without_password(word);  // -uUSER:PASSWORD
    return without_secret_words(word);
  }

  std::string secret(const std::string& word) {
    const bool is_kind = word == "Bearer" || word == "Basic" || word == "Token" || word == "token";  // of a header
    if (is_kind) next_ = Next::secret;
    return is_kind ? word : std::string(kMask);
  }

  static std::string without_password(const std::string& user) {
    const auto colon = user.find(':');
    return colon == kNowhere ? user : user.substr(0, colon + 1) + std::string(kMask);
  }

  std::string pair(const std::string& word, std::size_t equals) {
    const std::string name = word.substr(0, equals);
    const std::string value = word.substr(equals + 1);
    if (is_secret_option(name) && !is_switch(value)) return name + "=" + std::string(kMask);
    return name + "=" + (takes_user(name) ? without_password(value) : this->word(value));
  }

  Next next_ = Next::anything;
};

}  // namespace

bool is_secret_name(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  if (upper == "PWD" || upper == "OLDPWD") return false;  // the working folder
  if (upper.ends_with("PWD") || upper.ends_with("PASS") || upper.ends_with("_PAT")) return true;
  const std::string last = "_" + upper;
  for (const char* const word : {"_PW", "_PIN", "_OTP", "_LOGIN"})
    if (last.ends_with(word)) return true;
  return std::any_of(kSecretParts.begin(), kSecretParts.end(),
                     [&](auto part) { return upper.find(part) != std::string::npos; });
}

bool looks_secret(std::string_view value) { return Masker().text(value) != value; }

std::vector<std::string> masked(const std::vector<std::string>& words) {
  Masker masker;
  std::vector<std::string> all;
  for (const std::string& word : words) all.push_back(masker.text(word));
  return all;
}

std::string without_user(const std::string& url) {
  const auto [user, host] = user_in(url, 0);
  return user == std::string::npos ? url : url.substr(0, user) + url.substr(host);
}

}  // namespace recount
