#include "tracer/stop/environment.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tracer/base/secret.hpp"

namespace recount {
namespace {

constexpr std::array<std::string_view, 58> kSafeNames{
    "PATH", "PWD", "OLDPWD", "HOME", "SHELL", "SHLVL", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TERM", "COLUMNS",
    "LINES", "TMPDIR", "TMP", "TEMP", "HOSTNAME", "CI", "TRACEPARENT", "SOURCE_DATE_EPOCH",
    // how programs are built
    "CC", "CXX", "CPP", "LD", "AR", "AS", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "LIBRARY_PATH", "CPATH",
    "DESTDIR", "VERBOSE", "MAKELEVEL", "MAKEFLAGS", "MFLAGS", "RUSTFLAGS", "RUSTC", "GOFLAGS", "GOOS", "GOARCH",
    "CLASSPATH", "NODE_ENV", "NODE_OPTIONS", "JAVA_HOME", "VIRTUAL_ENV", "DISPLAY",
    // how they are tested, and under what
    "PYTEST_CURRENT_TEST", "TEST_TARGET", "GLIBC_TUNABLES", "LLVM_PROFILE_FILE", "VALGRIND_OPTS", "DEBUGINFOD_URLS",
    "PYTHONPATH", "PYTHONHASHSEED", "PERL5LIB"};

constexpr std::array<std::string_view, 17> kSafeBeginnings{"LC_",     "LD_",    "CMAKE_", "CTEST_", "GTEST_", "TEST_",
                                                           "NEXTEST", "CARGO_", "RUST_",  "BATS_",  "PYTHON", "GCOV_",
                                                           "MALLOC_", "OMP_",   "XDG_",   "GLOG_",  "CCACHE_"};

// What has no sign, or begins with one, is no variable.
std::pair<std::string_view, std::string_view> split(std::string_view entry) {
  const auto equals = entry.find('=');
  if (equals == 0 || equals == std::string_view::npos) return {};
  return {entry.substr(0, equals), entry.substr(equals + 1)};
}

std::string cut_to(std::string_view value, std::size_t most) {
  std::string text(value.substr(0, most));
  if (value.size() > most) text += "...";
  return text;
}

bool is_secret(std::string_view name, std::string_view value) { return is_secret_name(name) || looks_secret(value); }

constexpr std::size_t kSecretMin = 6;  // bytes: a PIN of four would mask half of all numbers

}  // namespace

bool is_safe_name(std::string_view name) {
  return std::find(kSafeNames.begin(), kSafeNames.end(), name) != kSafeNames.end() || name.ends_with("SAN_OPTIONS") ||
         std::any_of(kSafeBeginnings.begin(), kSafeBeginnings.end(),
                     [&](auto begin) { return name.starts_with(begin); });
}

std::shared_ptr<const Environments::Environment> Environments::parsed(std::string block) {
  const bool cut = block.size() > kBytesMax;
  if (cut) block.resize(block.rfind('\0', kBytesMax) + 1);  // npos + 1 is 0
  const auto environment = std::make_shared<Environment>();
  environment->block = std::move(block);
  const std::string_view all = environment->block;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\0', at), all.size());
    if (const auto [name, value] = split(all.substr(at, end - at)); !name.empty() && name != "_")
      environment->values.try_emplace(name, value);  // getenv(3) finds the first
    at = end + 1;
  }
  for (const auto& [name, value] : environment->values)
    if (value.size() >= kSecretMin && is_secret(name, value)) environment->secrets.emplace_back(value);
  return environment;
}

EnvChange Environments::change(std::string_view name, EnvChange::Kind kind, std::string_view value) const {
  EnvChange change{std::string(name), kind, false, std::nullopt};
  if (kind == EnvChange::Kind::unset) return change;
  change.redacted = is_secret(name, value);
  if (!change.redacted && (mode_ == EnvMode::all || is_safe_name(name))) change.value = cut_to(value, kValueMax);
  return change;
}

void Environments::born(Tid parent, Tid child) {
  if (const auto found = of_.find(parent); found != of_.end()) of_[child] = found->second;
}

const std::vector<std::string>& Environments::secrets_of(Tid pid) const {
  static const std::vector<std::string> kNone;
  const auto found = of_.find(pid);
  return found == of_.end() || !found->second ? kNone : found->second->secrets;
}

std::vector<EnvChange> Environments::began(Tid pid, std::string block) {
  std::vector<EnvChange> changes;
  const auto before = of_[pid];
  if (before && before->block == block) return changes;
  const auto now = parsed(std::move(block));
  static const std::map<std::string_view, std::string_view> kNothing;
  const auto& old = before ? before->values : kNothing;
  for (const auto& [name, value] : now->values) {
    const auto was = old.find(name);
    if (was == old.end())
      changes.push_back(change(name, EnvChange::Kind::set, value));
    else if (was->second != value)
      changes.push_back(change(name, EnvChange::Kind::changed, value));
  }
  for (const auto& [name, value] : old)
    if (!now->values.contains(name)) changes.push_back(change(name, EnvChange::Kind::unset, {}));
  of_[pid] = now;
  if (mode_ == EnvMode::none) changes.clear();
  return changes;
}

}  // namespace recount
