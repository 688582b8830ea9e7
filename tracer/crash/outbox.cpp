#include "tracer/crash/outbox.hpp"

#include "tracer/process/messages.hpp"

namespace recount {

void Outbox::put(std::string bytes, std::shared_ptr<CodePlaces> file) {
  if (is_broken_) return;
  size_ += bytes.size();
  waiting_.push_back({std::move(bytes), std::move(file)});
}

void Outbox::send() {
  while (!waiting_.empty()) {
    Message& first = waiting_.front();
    auto* const bytes = reinterpret_cast<std::uint8_t*>(first.bytes.data());
    const int file = first.file && first.sent == 0 ? first.file->file() : -1;
    const ssize_t sent = send_some(socket_.get(), {bytes + first.sent, first.bytes.size() - first.sent}, file);
    if (sent < 0) {
      is_broken_ = true;
      waiting_.clear();
      return;
    }
    if (sent == 0) return;
    first.sent += static_cast<std::size_t>(sent);
    if (first.sent < first.bytes.size()) continue;
    size_ -= first.bytes.size();
    waiting_.pop_front();
  }
}

}  // namespace recount
