#include "tracer/image_helper.hpp"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <new>
#include <span>

#include "tracer/error.hpp"
#include "tracer/image_codec.hpp"

namespace recount {

struct ImageHelper::Request {
  std::uint8_t wants_outline = 0;
  DebugInfo where{};
  std::uint64_t path_size = 0;
};

namespace {

// A sanitizer's shadow memory is larger than any limit.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsLimited = false;
#else
constexpr bool kMemoryIsLimited = true;
#endif
constexpr std::uint64_t kCpuMaxS = 600;
constexpr std::uint64_t kAnswerMax = std::uint64_t{2} << 30;

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

struct FdMessage {  // some bytes, and a descriptor beside them (unix(7), SCM_RIGHTS)
  explicit FdMessage(std::span<std::uint8_t> bytes) : part{bytes.data(), bytes.size()} {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
  iovec part;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
};

bool send_with_fd(int socket, std::span<std::uint8_t> bytes, int fd) {
  FdMessage message(bytes);
  cmsghdr* const control = CMSG_FIRSTHDR(&message.header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof fd);
  ::memcpy(CMSG_DATA(control), &fd, sizeof fd);
  ssize_t sent = 0;
  do sent = ::sendmsg(socket, &message.header, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(bytes.size());
}

// Small as it is, it comes whole.
UniqueFd receive_with_fd(int socket, std::span<std::uint8_t> bytes) {
  FdMessage message(bytes);
  const ssize_t got = ::recvmsg(socket, &message.header, MSG_CMSG_CLOEXEC);
  const cmsghdr* const control = CMSG_FIRSTHDR(&message.header);
  if (got != static_cast<ssize_t>(bytes.size()) || control == nullptr || control->cmsg_type != SCM_RIGHTS) return UniqueFd();
  int fd = -1;
  ::memcpy(&fd, CMSG_DATA(control), sizeof fd);
  return UniqueFd(fd);
}

struct AnswerHead {
  std::uint64_t size = 0;
  std::uint64_t is_last = 1;
};

bool send_answer(int socket, const std::string& bytes, bool is_last = true) {
  const AnswerHead head{bytes.size(), is_last};
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

std::uint64_t size_of(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && info.st_size > 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

void set_limit(__rlimit_resource resource, std::uint64_t value) {
  rlimit limit{};
  ::getrlimit(resource, &limit);
  limit.rlim_cur = std::min<rlim_t>(value, limit.rlim_max);
  ::setrlimit(resource, &limit);
}

std::uint64_t cpu_seconds_used() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec);
}

void limit_to(const ImageHelper::Limits& limits, std::uint64_t size) {
  set_limit(RLIMIT_CPU, cpu_seconds_used() + std::min(limits.cpu_s + (size >> 20), kCpuMaxS));
  if (kMemoryIsLimited) set_limit(RLIMIT_AS, limits.memory_bytes + 32 * std::min(size, limits.memory_bytes));
}

Image too_large(const std::string& path) {
  Image image;
  image.path = path;
  image.reason = "reading its debug information takes too much memory";
  image.remedy = "if it is not damaged, build it with less of it";
  return image;
}

void answer_image(int socket, int fd, const std::string& path, DebugInfo where, const ImageHelper::Reader& reader) {
  try {
    const auto told = [socket](Image outline) {
      outline.reason = "its debug information was not read";
      send_answer(socket, packed(std::move(outline)), false);
    };
    send_answer(socket, packed(reader.image(fd, path, where, told)));
  } catch (const std::bad_alloc&) {
    send_answer(socket, packed(too_large(path)));
  }
}

// Until nobody asks any more.
template <typename Request>
void serve(int socket, const ImageHelper::Reader& reader, const ImageHelper::Limits& limits) {
  while (true) {
    Request request;
    const UniqueFd fd = receive_with_fd(socket, {reinterpret_cast<std::uint8_t*>(&request), sizeof request});
    if (!fd) return;
    std::string path(request.path_size, '\0');
    if (!receive_all(socket, path.data(), path.size())) return;
    limit_to(limits, size_of(fd.get()));
    if (request.wants_outline != 0)
      send_answer(socket, packed(reader.outline(fd.get())));
    else
      answer_image(socket, fd.get(), path, request.where, reader);
  }
}

void refuse(Image& image, const std::string& path, const std::string& reason, const std::string& remedy) {
  image.path = path;
  image.reason = reason;
  image.remedy = remedy;
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

ImageHelper::ImageHelper(Reader reader, Limits limits) : reader_(std::move(reader)), limits_(limits) { start(); }

void ImageHelper::start() {
  process_ = std::make_unique<ChildProcess>([this](int socket) { serve<Request>(socket, reader_, limits_); });
}

bool ImageHelper::ask(const Request& request, int fd, const std::string& path) {
  if (!process_) start();
  Request copy = request;
  copy.path_size = path.size();
  return send_with_fd(process_->socket(), {reinterpret_cast<std::uint8_t*>(&copy), sizeof copy}, fd) &&
         send_all(process_->socket(), path.data(), path.size());
}

std::optional<ImageHelper::Answer> ImageHelper::answer() {
  AnswerHead head;
  if (!receive_all(process_->socket(), &head, sizeof head) || head.size > kAnswerMax) return std::nullopt;
  auto bytes = receive_text(process_->socket(), head.size);
  if (!bytes) return std::nullopt;
  return Answer{std::move(*bytes), head.is_last != 0};
}

ImageHelper::Death ImageHelper::led_astray() {
  ::kill(process_->pid(), SIGKILL);
  process_.reset();
  return {"what read it was led astray by it"};
}

ImageHelper::Death ImageHelper::death() {
  const WaitStatus status = process_->end();
  process_.reset();
  if (status.signaled() && status.term_signal() == SIGXCPU) return {"reading it took more time than is given to one image"};
  if (status.signaled())
    return {std::string("what read it died of SIG") + ::sigabbrev_np(status.term_signal()), status.term_signal() == SIGKILL};
  return {"what read it gave up"};
}

std::optional<ImageHelper::Death> ImageHelper::try_read(int fd, const std::string& path, DebugInfo where, Image& image) {
  if (!ask({0, where, 0}, fd, path)) return death();
  for (bool is_last = false; !is_last;) {
    const auto next = answer();
    if (!next) return death();
    auto told = unpacked_image(bytes_of(next->bytes));
    if (!told) return led_astray();
    image = std::move(*told);
    is_last = next->is_last;
  }
  return std::nullopt;
}

// The limits are its own; a SIGKILL is somebody's, who may have meant another (the kernel, when memory runs out).
Image ImageHelper::read(int fd, const std::string& path, DebugInfo where) {
  Image image;
  try {
    auto died = try_read(fd, path, where, image);
    if (died && died->from_outside) died = try_read(fd, path, where, image);
    if (died) refuse(image, path, died->reason, "it is damaged or made to harm; if it is neither, build it again");
  } catch (const RecordError& error) {
    process_.reset();
    refuse(image, path, std::string("nothing can read it: ") + error.what(), "allow more processes");
  }
  return image;
}

ObjectOutline ImageHelper::outline(int fd) {
  try {
    for (int attempt = 0; attempt < 2; ++attempt) {
      const auto told = ask({1, {}, 0}, fd, "") ? answer() : std::nullopt;
      if (told) return unpacked_outline(bytes_of(told->bytes)).value_or(ObjectOutline());
      if (!death().from_outside) break;
    }
  } catch (const RecordError&) {
    process_.reset();  // it is followed as if it linked nothing
  }
  return {};
}

ImageHelper::Reader image_reader(ImageSubject subject) {
  return {[subject](int fd, const std::string& path, DebugInfo where, const OutlineTold& told) {
            return read_image(fd, path, subject, where, told);
          },
          [subject](int fd) { return outline_of(fd, subject.folders); }};
}

}  // namespace recount
