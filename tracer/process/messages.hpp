// What goes between the recorder and a process of its own (child_process.hpp), over their socket: requests with a descriptor,
// and answers of any size, in one part or several.
//
// Each returns false, or nothing, if the other end has gone. EINTR is nobody's business here. A receiver whose socket has a
// time limit (SO_RCVTIMEO, socket(7)) takes its running out for that, too.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "tracer/base/unique_fd.hpp"

namespace recount {

bool send_all(int socket, const void* bytes, std::size_t size);
bool receive_all(int socket, void* bytes, std::size_t size);
bool send_with_fd(int socket, std::span<std::uint8_t> bytes, int fd);
// As many as go without waiting, the descriptor with the first of them. 0: none do now; -1: the other end has gone.
ssize_t send_some(int socket, std::span<std::uint8_t> bytes, int fd = -1);
UniqueFd receive_with_fd(int socket, std::span<std::uint8_t> bytes);  // empty: nothing came, or not as it was sent

std::string answer_text(const std::string& bytes, bool is_last);  // as send_answer sends it
void set_time_limit(int socket, std::int64_t ns);                 // for each receiving and sending
bool send_answer(int socket, const std::string& bytes, bool is_last = true);
struct Answer {
  std::string bytes;
  bool is_last;
};
std::optional<Answer> receive_answer(int socket);
std::optional<std::string> receive_text(int socket, std::uint64_t size);

}  // namespace recount
