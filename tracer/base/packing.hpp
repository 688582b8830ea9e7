// Structures as bytes, for the way between two processes of one program: numbers stand as they do in memory.
//
//   template <typename Archive> void each_member(Archive& archive, Point& point) { archive(point.x, point.y); }
//   const std::string bytes = pack(point);
//   if (const auto told = unpacked<Point>(bytes)) ...
//
// Numbers, enumerations, strings, vectors, and what each_member takes apart. Reading stops at the end of the bytes, and what
// is not all there, or has something behind it, is nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tracer/base/byte_reader.hpp"

namespace recount {

template <typename T>
concept Number = std::is_integral_v<T> || std::is_enum_v<T>;

class Packer {
 public:
  template <typename... Members>
  void operator()(Members&... members) {
    (put(members), ...);
  }
  std::string take() { return std::move(bytes_); }

 private:
  template <Number T>
  void put(T& number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void put(std::string& text) {
    std::uint64_t size = text.size();
    put(size);
    bytes_ += text;
  }
  template <typename T>
  void put(std::vector<T>& items) {
    std::uint64_t size = items.size();
    put(size);
    for (T& item : items) put(item);
  }
  template <typename T>
  requires std::is_class_v<T>
  void put(T& structure) { each_member(*this, structure); }

  std::string bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(std::span<const std::uint8_t> bytes) : in_(bytes) {}

  template <typename... Members>
  void operator()(Members&... members) {
    (get(members), ...);
  }
  bool is_whole() const noexcept { return in_.ok() && in_.at_end(); }

 private:
  template <Number T>
  void get(T& number) {
    number = static_cast<T>(in_.number(sizeof number));
  }
  std::uint64_t size() {  // of something that takes a byte at least for each of it
    const std::uint64_t size = in_.number(8);
    if (size > in_.rest().size()) in_.fail();
    return in_.ok() ? size : 0;
  }
  void get(std::string& text) {
    const auto bytes = in_.take(size());
    text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  template <typename T>
  void get(std::vector<T>& items) {
    items.resize(static_cast<std::size_t>(size()));
    for (T& item : items) get(item);
  }
  template <typename T>
  requires std::is_class_v<T>
  void get(T& structure) { each_member(*this, structure); }

  ByteReader in_;
};

template <typename T>
std::string pack(T& value) {
  Packer packer;
  packer(value);
  return packer.take();
}

template <typename T>
std::optional<T> unpacked(std::span<const std::uint8_t> bytes) {
  T value;
  Unpacker unpacker(bytes);
  unpacker(value);
  if (!unpacker.is_whole()) return std::nullopt;
  return value;
}

template <typename T>
std::optional<T> unpacked(const std::string& text) {
  return unpacked<T>(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

}  // namespace recount
