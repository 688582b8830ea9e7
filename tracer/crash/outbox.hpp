// What is to be sent on a socket, bytes and descriptors, and waits here while the other end is busy.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include "tracer/image/code_places.hpp"

namespace recount {

class Outbox {
 public:
  explicit Outbox(UniqueFd socket) : socket_(std::move(socket)), is_broken_(!socket_) {}

  void put(std::string bytes) { put(std::move(bytes), nullptr); }
  void put_file(std::shared_ptr<CodePlaces> file) { put(std::string(1, '\0'), std::move(file)); }
  void send();  // what goes without waiting
  bool is_empty() const noexcept { return waiting_.empty(); }
  bool is_broken() const noexcept { return is_broken_; }  // the other end has gone
  bool takes_more() const noexcept { return !is_broken_ && size_ < kSizeMax; }
  int socket() const noexcept { return socket_.get(); }

 private:
  static constexpr std::size_t kSizeMax = 64 << 20;
  struct Message {
    std::string bytes;
    std::shared_ptr<CodePlaces> file;  // whose descriptor goes with the first byte; null: none
    std::size_t sent = 0;
  };
  void put(std::string bytes, std::shared_ptr<CodePlaces> file);

  UniqueFd socket_;
  std::deque<Message> waiting_;
  std::size_t size_ = 0;
  bool is_broken_;
};

}  // namespace recount
