#include "tracer/crash/name_server.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include "tracer/base/packing.hpp"
#include "tracer/crash/crash_names.hpp"
#include "tracer/image/code_places.hpp"
#include "tracer/process/as_user.hpp"
#include "tracer/process/child_process.hpp"
#include "tracer/process/messages.hpp"

namespace recount {
namespace {

constexpr std::uint64_t kMemoryMax = std::uint64_t{4} << 30;

class Server {
 public:
  Server(UniqueFd requests, int answers, const ImageSubject& subject)
      : requests_(std::move(requests)), answers_(answers), subject_(subject) {}

  bool answer_next() {
    const auto text = receive_answer(requests_.get());
    auto request = text ? unpacked<NamesRequest>(text->bytes) : std::nullopt;
    if (!request) return false;
    if (request->forgets) files_.clear();
    for (const std::uint64_t number : request->gone) files_.erase(number);
    for (const FileToName& file : request->files) {
      std::uint8_t nothing = 0;
      UniqueFd fd = receive_with_fd(requests_.get(), {&nothing, 1});
      if (!fd) return false;
      files_[file.number] = {file, std::make_unique<CodePlaces>(std::move(fd), file.path, subject_)};
    }
    const AsUser as(User{request->uid, request->gid, {request->groups.begin(), request->groups.end()}});
    for (std::size_t i = 0; i < request->threads.size(); ++i) {
      CrashPart part;
      part.crash = request->crash;
      part.tid = request->threads[i].tid;
      part.frames = named(request->threads[i].frames, part.reason);
      if (!send_answer(answers_, pack(part), i + 1 == request->threads.size())) return false;
    }
    return true;
  }

 private:
  struct File {
    FileToName told;
    std::unique_ptr<CodePlaces> places;
    // Its removal changes it, but nothing in it.
    bool is_unchanged() const { return FileState::of(places->file()).has_same_content(told.state); }
  };

  std::vector<CrashFrame> named(const std::vector<FrameToName>& frames, std::string& reason) {
    std::vector<CrashFrame> all;
    for (const FrameToName& frame : frames) {
      const std::size_t before = all.size();
      const auto file = files_.find(frame.file);
      if (file != files_.end() && file->second.is_unchanged()) add_named(frame, *file->second.places, all);
      if (file != files_.end() && !file->second.is_unchanged()) {
        all.resize(before);
        reason = "lines of " + file->second.told.path + " are not told: it was changed after that";
      }
      if (all.size() == before) all.push_back(frame.bare);
    }
    if (all.size() > kCrashFramesMax) all.resize(kCrashFramesMax);
    return all;
  }

  static void add_named(const FrameToName& frame, CodePlaces& file, std::vector<CrashFrame>& all) {
    const auto places = file.at(ImageAddress{raw(frame.bare.offset) - (frame.is_return ? 1 : 0)});
    for (std::size_t i = 0; i < places.size(); ++i) {
      CrashFrame one = frame.bare;
      one.inlined = i + 1 < places.size();
      if (!places[i].function.empty()) one.function = places[i].function;
      one.file = places[i].file;
      one.line = places[i].line;
      all.push_back(std::move(one));
    }
  }

  UniqueFd requests_;
  int answers_;
  const ImageSubject& subject_;
  std::map<std::uint64_t, File> files_;
};

}  // namespace

void serve_names(int socket, const ImageSubject& subject) {
  limit_memory(kMemoryMax);
  std::uint8_t nothing = 0;
  UniqueFd requests = receive_with_fd(socket, {&nothing, 1});
  if (!requests) return;
  for (Server server(std::move(requests), socket, subject); server.answer_next();) {
  }
}

}  // namespace recount
