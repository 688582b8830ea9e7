// Reads images in a process of its own: libelf and libdw are made for files that compilers wrote, and a program that is being
// tested may bring any. What they do about a hostile one (crash, loop, eat all memory) happens there.
//
//   ImageHelper helper(image_reader(subject));     // started, before there is anything to trace
//   const Image image = helper.read(fd, path, DebugInfo::anywhere);
//
// The process reads image after image. One that it dies of comes back without probes, and says why; what was known before the
// debug information was looked at (entry, segments, what it links) is in it. For the next one another process is started.
// An image may take limits.cpu_s of processor time, and a second more for each MiB of it, and as much memory as is said.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tracer/image/image_reader.hpp"
#include "tracer/process/as_user.hpp"
#include "tracer/process/child_process.hpp"

namespace recount {

class ImageHelper {
 public:
  struct Reader {  // what runs in the process
    std::function<Image(int fd, const std::string& path, DebugInfo where, const OutlineTold& told)> image;
    std::function<ObjectOutline(int fd)> outline;
  };
  struct Limits {
    std::uint64_t cpu_s = 20;
    std::uint64_t memory_bytes = std::uint64_t{3} << 30;  // and 32 for each byte of the image
  };
  explicit ImageHelper(Reader reader, Limits limits);
  explicit ImageHelper(Reader reader) : ImageHelper(std::move(reader), Limits()) {}

  // What it opens beside that, it opens as that user.
  Image read(int fd, const std::string& path, DebugInfo where, const User& user = {});
  ObjectOutline outline(int fd, const User& user = {});  // of what can't be read: nothing
  pid_t pid() const noexcept { return process_ ? process_->pid() : -1; }

 private:
  struct Request;
  struct Death {  // of the process, while it read
    std::string reason;
    bool from_outside = false;  // by a SIGKILL
  };
  bool ask(const Request& request, int fd, const std::string& path, const User& user);
  std::optional<Death> try_read(int fd, const std::string& path, DebugInfo where, const User& user, Image& image);
  Death death();
  Death led_astray();
  void start();

  Reader reader_;
  Limits limits_;
  std::unique_ptr<ChildProcess> process_;
};

ImageHelper::Reader image_reader(ImageSubject subject);  // libelf and libdw

}  // namespace recount
