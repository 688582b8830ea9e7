// Reads little-endian numbers, LEB128 and strings from a span, and never beyond it.
//
// The first read that does not fit fails the reader for good: it and all later reads give 0 and
// ok() is false. So a parser checks once at the end, not at each field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace recount {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) noexcept : rest_(bytes) {}

  bool ok() const noexcept { return ok_; }
  bool at_end() const noexcept { return rest_.empty(); }
  std::span<const std::uint8_t> rest() const noexcept { return rest_; }
  void fail() noexcept {
    ok_ = false;
    rest_ = {};
  }

  std::span<const std::uint8_t> take(std::uint64_t size) noexcept {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const auto taken = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(static_cast<std::size_t>(size));
    return taken;
  }

  std::uint64_t number(std::size_t size) noexcept {  // of 1 to 8 bytes
    std::uint64_t value = 0;
    const auto bytes = take(size);
    for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return value;
  }
  std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() noexcept { return static_cast<std::uint32_t>(number(4)); }

  std::uint64_t uleb() noexcept { return leb(false); }
  std::int64_t sleb() noexcept { return static_cast<std::int64_t>(leb(true)); }

  std::string string() {  // up to its terminating zero, which is consumed
    const void* zero = rest_.empty() ? nullptr : std::memchr(rest_.data(), 0, rest_.size());
    if (zero == nullptr) {
      fail();
      return {};
    }
    const auto size = static_cast<std::size_t>(static_cast<const std::uint8_t*>(zero) - rest_.data());
    std::string text(reinterpret_cast<const char*>(rest_.data()), size);
    rest_ = rest_.subspan(size + 1);
    return text;
  }

 private:
  std::uint64_t leb(bool is_signed) noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t byte = u8();
      if (shift < 64) value |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80U) != 0) continue;
      if (is_signed && (byte & 0x40U) != 0 && shift + 7 < 64) value |= ~std::uint64_t{0} << (shift + 7);
      return value;
    }
  }

  std::span<const std::uint8_t> rest_;
  bool ok_ = true;
};

}  // namespace recount
