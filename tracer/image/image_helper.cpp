#include "tracer/image/image_helper.hpp"

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

#include "tracer/base/error.hpp"
#include "tracer/image/image_codec.hpp"
#include "tracer/process/messages.hpp"

namespace recount {

struct ImageHelper::Request {
  std::uint8_t wants_outline = 0;
  DebugInfo where{};
  std::uint64_t path_size = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::uint64_t groups = 0;
};

namespace {

constexpr std::uint64_t kCpuMaxS = 600;

std::uint64_t size_of(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && info.st_size > 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

std::uint64_t cpu_seconds_used() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec);
}

void limit_to(const ImageHelper::Limits& limits, std::uint64_t size) {
  set_limit(RLIMIT_CPU, cpu_seconds_used() + std::min(limits.cpu_s + (size >> 20), kCpuMaxS));
  limit_memory(limits.memory_bytes + 32 * std::min(size, limits.memory_bytes));
}

Image too_large(const std::string& path) {
  Image image;
  image.path = path;
  image.reason = "reading its debug information takes too much memory";
  image.remedy = "if it is not damaged, build it with less debug information";
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

// Whose request is served: a process for all of them, which reads one after the other.
User asker;

template <typename Request>
bool receive_user(int socket, const Request& request) {
  asker = {request.uid, request.gid, std::vector<gid_t>(request.groups)};
  return receive_all(socket, asker.groups.data(), asker.groups.size() * sizeof(gid_t));
}

// Until nobody asks any more.
template <typename Request>
void serve(int socket, const ImageHelper::Reader& reader, const ImageHelper::Limits& limits) {
  while (true) {
    Request request;
    const UniqueFd fd = receive_with_fd(socket, {reinterpret_cast<std::uint8_t*>(&request), sizeof request});
    if (!fd) return;
    std::string path(request.path_size, '\0');
    if (!receive_all(socket, path.data(), path.size()) || !receive_user(socket, request)) return;
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

bool ImageHelper::ask(const Request& request, int fd, const std::string& path, const User& user) {
  if (!process_) start();
  Request copy = request;
  copy.path_size = path.size();
  copy.uid = user.uid;
  copy.gid = user.gid;
  copy.groups = user.groups.size();
  return send_with_fd(process_->socket(), {reinterpret_cast<std::uint8_t*>(&copy), sizeof copy}, fd) &&
         send_all(process_->socket(), path.data(), path.size()) &&
         send_all(process_->socket(), user.groups.data(), user.groups.size() * sizeof(gid_t));
}

ImageHelper::Death ImageHelper::led_astray() {
  process_.reset();
  return {"its reader was led astray by it"};
}

ImageHelper::Death ImageHelper::death() {
  const WaitStatus status = process_->end();
  process_.reset();
  if (status.signaled() && status.term_signal() == SIGXCPU)
    return {"reading it took more time than is given to one image"};
  if (status.signaled())
    return {std::string("its reader died of SIG") + ::sigabbrev_np(status.term_signal()),
            status.term_signal() == SIGKILL};
  return {"its reader gave up"};
}

std::optional<ImageHelper::Death> ImageHelper::try_read(int fd, const std::string& path, DebugInfo where,
                                                        const User& user, Image& image) {
  Request request;
  request.where = where;
  if (!ask(request, fd, path, user)) return death();
  for (bool is_last = false; !is_last;) {
    const auto next = receive_answer(process_->socket());
    if (!next) return death();
    auto told = unpacked_image(bytes_of(next->bytes));
    if (!told) return led_astray();
    image = std::move(*told);
    is_last = next->is_last;
  }
  return std::nullopt;
}

// The limits are its own; a SIGKILL is somebody's, who may have meant another (the kernel, when memory runs out).
Image ImageHelper::read(int fd, const std::string& path, DebugInfo where, const User& user) {
  Image image;
  try {
    auto died = try_read(fd, path, where, user, image);
    if (died && died->from_outside) died = try_read(fd, path, where, user, image);
    if (died) refuse(image, path, died->reason, "it is damaged or made to harm; if it is neither, build it again");
  } catch (const RecordError& error) {
    process_.reset();
    refuse(image, path, std::string("it can't be read: ") + error.what(), "allow more processes");
  }
  return image;
}

ObjectOutline ImageHelper::outline(int fd, const User& user) {
  try {
    for (int attempt = 0; attempt < 2; ++attempt) {
      Request request;
      request.wants_outline = 1;
      const auto told = ask(request, fd, "", user) ? receive_answer(process_->socket()) : std::nullopt;
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
            const AsUser as(asker);
            return read_image(fd, path, subject, where, told);
          },
          [subject](int fd) {
            const AsUser as(asker);
            return outline_of(fd, subject.folders);
          }};
}

}  // namespace recount
