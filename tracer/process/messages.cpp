#include "tracer/process/messages.hpp"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace recount {

bool send_all(int socket, const void* bytes, std::size_t size) {
  auto at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t sent = ::send(socket, at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

void set_time_limit(int socket, std::int64_t ns) {
  const std::int64_t us = std::max<std::int64_t>(ns / 1000, 1);
  const timeval limit{us / 1'000'000, us % 1'000'000};
  for (const int way : {SO_RCVTIMEO, SO_SNDTIMEO}) ::setsockopt(socket, SOL_SOCKET, way, &limit, sizeof limit);
}

bool receive_all(int socket, void* bytes, std::size_t size) {
  auto at = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t got = ::recv(socket, at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

namespace {

struct FdMessage {  // some bytes, and a descriptor beside them (unix(7), SCM_RIGHTS)
  explicit FdMessage(std::span<std::uint8_t> bytes) : part{bytes.data(), bytes.size()} {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
  void add(int fd) {
    cmsghdr* const head = CMSG_FIRSTHDR(&header);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    ::memcpy(CMSG_DATA(head), &fd, sizeof fd);
  }
  iovec part;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
};

}  // namespace

// The descriptor goes with the first of the bytes.
bool send_with_fd(int socket, std::span<std::uint8_t> bytes, int fd) {
  FdMessage message(bytes);
  message.add(fd);
  ssize_t sent = 0;
  do sent = ::sendmsg(socket, &message.header, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent <= 0) return false;
  return send_all(socket, bytes.data() + sent, bytes.size() - static_cast<std::size_t>(sent));
}

ssize_t send_some(int socket, std::span<std::uint8_t> bytes, int fd) {
  FdMessage message(bytes);
  if (fd >= 0)
    message.add(fd);
  else
    message.header.msg_controllen = 0;
  ssize_t sent = 0;
  do sent = ::sendmsg(socket, &message.header, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent < 0 && errno == EAGAIN ? 0 : sent;
}

// Small as it is, it comes whole.
UniqueFd receive_with_fd(int socket, std::span<std::uint8_t> bytes) {
  FdMessage message(bytes);
  const ssize_t got = ::recvmsg(socket, &message.header, MSG_CMSG_CLOEXEC);
  const cmsghdr* const control = CMSG_FIRSTHDR(&message.header);
  if (got != static_cast<ssize_t>(bytes.size()) || control == nullptr || control->cmsg_type != SCM_RIGHTS)
    return UniqueFd();
  int fd = -1;
  ::memcpy(&fd, CMSG_DATA(control), sizeof fd);
  return UniqueFd(fd);
}

namespace {

constexpr std::uint64_t kAnswerMax = std::uint64_t{2} << 30;

struct AnswerHead {
  std::uint64_t size = 0;
  std::uint64_t is_last = 1;
};

}  // namespace

std::string answer_text(const std::string& bytes, bool is_last) {
  const AnswerHead head{bytes.size(), is_last};
  std::string whole(reinterpret_cast<const char*>(&head), sizeof head);
  return whole += bytes;
}

bool send_answer(int socket, const std::string& bytes, bool is_last) {
  const AnswerHead head{bytes.size(), is_last};
  constexpr std::size_t kCopiedMax = 1 << 16;  // a small one at once: each sending wakes whoever waits for it
  if (bytes.size() <= kCopiedMax) {
    const std::string whole = answer_text(bytes, is_last);
    return send_all(socket, whole.data(), whole.size());
  }
  return send_all(socket, &head, sizeof head) && send_all(socket, bytes.data(), bytes.size());
}

// Believes no size before as many bytes have come.
std::optional<std::string> receive_text(int socket, std::uint64_t size) {
  constexpr std::uint64_t kStep = 1 << 22;
  std::string text;
  while (text.size() < size) {
    const std::size_t done = text.size();
    text.resize(done + static_cast<std::size_t>(std::min(kStep, size - done)));
    if (!receive_all(socket, text.data() + done, text.size() - done)) return std::nullopt;
  }
  return text;
}

std::optional<Answer> receive_answer(int socket) {
  AnswerHead head;
  if (!receive_all(socket, &head, sizeof head) || head.size > kAnswerMax) return std::nullopt;
  auto bytes = receive_text(socket, head.size);
  if (!bytes) return std::nullopt;
  return Answer{std::move(*bytes), head.is_last != 0};
}

}  // namespace recount
