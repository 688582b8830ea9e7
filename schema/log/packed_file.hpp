// A log in a packed file: FILE.gz (RFC 1952) or FILE.zst (RFC 8878), by its first bytes or by its name.
//
//   if (const auto packing = packing_of_file(path)) unpack(path, *packing, "run.db", unpacked_bytes_max(size));
//   pack("run.db", Packing::zstd, "run.db.zst");
//
// Memory: a few hundred KiB, whatever the file's size; what a zstd file asks for beyond 128 MiB is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace recount {

enum class Packing : std::uint8_t { gzip, zstd };

// What is wrong, as the end of a sentence that begins with the file.
struct PackedFileError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::optional<Packing> packing_of_bytes(std::string_view head) noexcept;  // of the first four
std::optional<Packing> packing_of_name(std::string_view path) noexcept;   // .gz, .zst
std::string_view without_packing(std::string_view path) noexcept;         // "run.db" of "run.db.zst"
std::uint64_t unpacked_bytes_max(std::uint64_t packed_bytes) noexcept;    // more is no log: a log packs 5 to 40 times

// Both write into the file that `fd` is open for. Errors of reading, writing and of the bytes are PackedFileErrors.
void unpack(const std::string& path, Packing packing, int fd, std::uint64_t bytes_max);
void pack(const std::string& path, Packing packing, int fd);

// A few bytes in memory, as one zstd frame; the same bytes for the same bytes. None: these are no such bytes, or more than that.
std::string zstd_packed(std::string_view bytes);
std::optional<std::string> zstd_unpacked(std::string_view packed, std::size_t bytes_max);

}  // namespace recount
