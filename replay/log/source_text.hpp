// The text of a source file, for the reports that show it.
//
//   SourceText sources(selection);
//   sources.add(log);
//   if (const auto text = sources.text("/src/a.c")) ...
//
// It is the text that the log has: what the file was when it was recorded. If several images have one, text_choice.hpp says
// which it is; of several logs, one that was not newer than its image is taken before one that was, and then the last. Only a file of which no log has a text is read from the disk, as it is now, and
// read_from_disk() tells which those were. What is not there either, is no ordinary file, not
// readable, or larger than kBytesMax has no text; a report then does without.
//
// A log may come from a stranger: a text is unpacked into the space that the log says it takes, no
// more, and one that does not fit is none. Files have the names that the report gives them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "replay/log/log_file.hpp"
#include "replay/log/source_selection.hpp"

namespace recount {

class SourceText {
 public:
  static constexpr std::size_t kBytesMax = 32 << 20;  // the largest sources of the world have 10 MiB

  // What goes to other people is made of the log alone: a log may name any file of this machine.
  enum class From : std::uint8_t { log_or_disk, log };

  explicit SourceText(SourceSelection selection = {}, From from = From::log_or_disk)
      : selection_(std::move(selection)), from_(from) {}
  void add(const LogFile& log);  // which must stay

  std::optional<std::string> text(const std::string& file) const;
  std::optional<std::string> peek(const std::string& file) const;  // not told by read_from_disk()
  // One line of it, without white space at both ends, at most kLineMax bytes; "" if there is none. Keeps the file's text.
  std::string line(const std::string& file, std::uint32_t number) const;
  static constexpr std::size_t kLineMax = 160;
  std::optional<std::string> packed(const std::string& file) const;  // in zlib's format, RFC 1950
  // The lines `first` to `last` as they are, as far as there are such; at most kLineMax bytes of each.
  std::vector<std::string> lines(const std::string& file, std::uint32_t first, std::uint32_t last) const;
  From from() const noexcept { return from_; }
  bool is_newer(const std::string& file) const;  // than the image whose lines it has
  const std::set<std::string>& read_from_disk() const noexcept { return read_from_disk_; }

 private:
  struct Kept {
    const LogFile* log = nullptr;
    std::string hash;
    bool newer = false;
  };
  struct Stored {
    std::string content;
    std::size_t size = 0;
    bool is_packed() const { return content.size() != size; }
  };
  static std::uint64_t budget_of(const LogFile& log);
  bool may_unpack(const std::string& file, std::size_t size) const;
  std::optional<Stored> stored(const std::string& file) const;
  std::optional<std::string> on_disk(const std::string& file) const;

  SourceSelection selection_;
  From from_;
  std::unordered_map<std::string, Kept> kept_;
  mutable std::uint64_t budget_ = 0;        // bytes that may still be unpacked: what a log holds in all has a limit
  mutable std::set<std::string> unpacked_;  // files
  mutable std::map<const LogFile*, std::unique_ptr<Statement>> contents_;
  mutable std::set<std::string> read_from_disk_;
  mutable std::map<std::string, std::vector<std::string>> lines_;
};

}  // namespace recount
