#include "tracer/process/proc_status.hpp"

#include <elf.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <sstream>

#include "tracer/process/proc_file.hpp"

namespace recount {

std::vector<std::string> status_words_in(const std::string& status, const std::string& name) {
  const std::size_t at = status.find('\n' + name + ':');  // the first line is the name, which the process chooses
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 2;
  std::istringstream words(status.substr(begin, status.find('\n', begin) - begin));
  return {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
}

std::vector<std::string> status_words(Tid tid, const std::string& name) {
  return status_words_in(read_proc_file(tid, "status"), name);
}

std::string status_word(Tid tid, const std::string& name) {
  const auto words = status_words(tid, name);
  return words.empty() ? std::string() : words.front();
}

std::uint64_t status_set(Tid tid, const std::string& name) {
  return std::strtoull(status_word(tid, name).c_str(), nullptr, 16);
}

bool is_under_seccomp(Tid tid) {
  const std::string status = read_proc_file(tid, "status");
  const auto mode = status_words_in(status, "Seccomp");
  return status.empty() || (!mode.empty() && mode.front() != "0");
}

bool has_ended(Tid tid) {
  const std::string state = status_word(tid, "State");
  return state.empty() || state == "Z" || state == "X";
}

bool status_has_signal(Tid tid, const std::string& name, int signal) {
  return (status_set(tid, name) >> (signal - 1) & 1) != 0;
}

bool status_has_signal_in(Tid tid, const std::vector<std::string>& names, int signal) {
  const std::string status = read_proc_file(tid, "status");
  return status.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           const std::size_t at = status.find('\n' + name + ":\t");
           const std::uint64_t set =
               at == std::string::npos ? 0 : std::strtoull(status.c_str() + at + name.size() + 3, nullptr, 16);
           return (set >> (signal - 1) & 1) != 0;
         });
}

namespace {

template <typename Entry>
std::optional<std::uint64_t> value_in(const std::string& bytes, std::uint64_t type) {
  Entry entry{};
  for (std::size_t at = 0; at + sizeof entry <= bytes.size(); at += sizeof entry) {
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    if (entry.a_type == type) return entry.a_un.a_val;
  }
  return std::nullopt;
}

// No type is that large: where one seems to be, its upper half is the value of an entry of 32 bits.
bool is_of_32_bits(const std::string& bytes) {
  Elf64_auxv_t entry{};
  for (std::size_t at = 0; at + sizeof entry <= bytes.size(); at += sizeof entry) {
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    if (entry.a_type >> 32 != 0) return true;
  }
  return false;
}

}  // namespace

std::optional<std::uint64_t> auxiliary_value(Tid tid, std::uint64_t type) {
  const std::string bytes = read_proc_file(tid, "auxv");
  return is_of_32_bits(bytes) ? value_in<Elf32_auxv_t>(bytes, type) : value_in<Elf64_auxv_t>(bytes, type);
}

bool is_in_other_pids(Tid tid) {
  struct stat ours {
  }, its{};
  const bool known = ::stat("/proc/self/ns/pid", &ours) == 0 && ::stat(proc_path(tid, "ns/pid").c_str(), &its) == 0;
  return known && (ours.st_dev != its.st_dev || ours.st_ino != its.st_ino);
}

}  // namespace recount
