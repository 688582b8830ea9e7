#include "replay/log/source_text.hpp"

#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "replay/log/text_choice.hpp"
#include "schema/log/log_format.hpp"

namespace recount {
namespace {

bool is_worth_reading(const std::string& file) {
  struct stat info {};
  return stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         static_cast<std::uintmax_t>(info.st_size) <= SourceText::kBytesMax;
}

const Bytef* bytes_of(const std::string& text) { return reinterpret_cast<const Bytef*>(text.data()); }

std::optional<std::string> unpacked(const std::string& content, std::size_t size) {
  std::string text(size, '\0');
  uLongf length = size;
  const int code = ::uncompress(reinterpret_cast<Bytef*>(text.data()), &length, bytes_of(content), content.size());
  if (code != Z_OK || length != size) return std::nullopt;
  return text;
}

std::string packed_text(const std::string& text) {
  uLongf length = ::compressBound(text.size());
  std::string content(length, '\0');
  ::compress2(reinterpret_cast<Bytef*>(content.data()), &length, bytes_of(text), text.size(),
              Z_BEST_SPEED);  // with the room that compressBound says it can't fail
  content.resize(length);
  return content;
}

std::vector<std::string> trimmed_lines(const std::string& text) {
  constexpr const char* kBlank = " \t\r\f\v";
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t first = std::min(line.find_first_not_of(kBlank), line.size());
    const std::size_t last = line.find_last_not_of(kBlank);
    lines.push_back(line.substr(first, std::min(last + 1 - first, SourceText::kLineMax)));
  }
  return lines;
}

}  // namespace

// Sources shrink to a fifth, seldom to a twentieth; bytes made to burst a report shrink to a thousandth.
std::uint64_t SourceText::budget_of(const LogFile& log) {
  constexpr std::uint64_t kTimes = 50;
  constexpr std::uint64_t kAnyway = std::uint64_t{256} << 20;
  return kAnyway + kTimes * log.bytes();
}

// Each file's text counts once, however often it is asked for.
bool SourceText::may_unpack(const std::string& file, std::size_t size) const {
  if (unpacked_.contains(file)) return true;
  if (size > budget_) return false;
  budget_ -= size;
  return unpacked_.insert(file).second;
}

void SourceText::add(const LogFile& log) {
  if (!log.has_sources()) return;
  budget_ += budget_of(log);
  const TextChoice choice(log, selection_.map);
  for (const auto& [file, text] : choice.texts()) {
    Kept& kept = kept_[file];
    if (!kept.log || kept.newer || !text.newer) kept = {&log, text.hash, text.newer};
  }
}

std::optional<SourceText::Stored> SourceText::stored(const std::string& file) const {
  const auto kept = kept_.find(file);
  if (kept == kept_.end()) return std::nullopt;
  auto& row = contents_[kept->second.log];
  if (!row)
    row = std::make_unique<Statement>(
        kept->second.log->database(),
        "SELECT content, size_bytes FROM trace_source WHERE hash = ? AND length(content) <= "
        "size_bytes AND size_bytes <= " +
            std::to_string(kSourceBytesMax));
  row->bind(1, kept->second.hash);
  std::optional<Stored> found;
  if (row->step() && may_unpack(file, static_cast<std::size_t>(row->integer(1))))
    found = Stored{row->text(0), static_cast<std::size_t>(row->integer(1))};
  row->reset();
  return found;
}

std::optional<std::string> SourceText::on_disk(const std::string& file) const {
  if (from_ == From::log || !is_worth_reading(file)) return std::nullopt;
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  const std::streamoff size = stream ? std::streamoff{stream.tellg()} : -1;
  if (size < 0 || static_cast<std::uintmax_t>(size) > kBytesMax) return std::nullopt;
  std::string text(static_cast<std::size_t>(size), '\0');
  stream.seekg(0);
  stream.read(text.data(), size);
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

std::optional<std::string> SourceText::peek(const std::string& file) const {
  if (!kept_.contains(file)) return on_disk(file);
  auto kept = stored(file);
  if (!kept) return std::nullopt;
  return kept->is_packed() ? unpacked(kept->content, kept->size) : std::move(kept->content);
}

std::optional<std::string> SourceText::text(const std::string& file) const {
  if (kept_.contains(file)) return peek(file);
  auto found = on_disk(file);
  if (found) read_from_disk_.insert(file);
  return found;
}

std::string SourceText::line(const std::string& file, std::uint32_t number) const {
  const auto [at, fresh] = lines_.try_emplace(file);
  if (fresh) at->second = trimmed_lines(text(file).value_or(""));
  return number == 0 || number > at->second.size() ? "" : at->second[number - 1];
}

std::vector<std::string> SourceText::lines(const std::string& file, std::uint32_t first, std::uint32_t last) const {
  std::vector<std::string> found;
  std::istringstream stream(text(file).value_or(""));
  std::string line;
  for (std::uint32_t number = 1; number <= last && std::getline(stream, line); ++number)
    if (number >= first) found.push_back(line.substr(0, kLineMax));
  return found;
}

std::optional<std::string> SourceText::packed(const std::string& file) const {
  auto kept = stored(file);
  if (kept && kept->is_packed())
    return unpacked(kept->content, kept->size) ? std::optional(std::move(kept->content)) : std::nullopt;
  const auto plain = kept ? std::move(kept->content) : text(file);
  return plain ? std::optional(packed_text(*plain)) : std::nullopt;
}

bool SourceText::is_newer(const std::string& file) const {
  const auto kept = kept_.find(file);
  return kept != kept_.end() && kept->second.newer;
}

}  // namespace recount
