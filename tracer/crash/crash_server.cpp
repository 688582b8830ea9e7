#include "tracer/crash/crash_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>

#include "tracer/base/packing.hpp"
#include "tracer/crash/crash_names.hpp"
#include "tracer/crash/last_words.hpp"
#include "tracer/crash/outbox.hpp"
#include "tracer/crash/stack_walk.hpp"
#include "tracer/image/code_places.hpp"
#include "tracer/process/as_user.hpp"
#include "tracer/process/child_process.hpp"
#include "tracer/process/mappings.hpp"
#include "tracer/process/messages.hpp"
#include "tracer/process/proc_file.hpp"

namespace recount {
namespace {

constexpr std::uint64_t kMemoryMax = std::uint64_t{4} << 30;
constexpr std::uint64_t kVdsoMax = 1 << 20;

// Each has a descriptor or three, here and where it is named.
std::size_t images_kept() {
  constexpr rlim_t kMost = 300, kOthers = 20;
  rlimit files{kMost, kMost};
  ::getrlimit(RLIMIT_NOFILE, &files);
  return static_cast<std::size_t>(std::min(kMost, files.rlim_cur > kOthers ? (files.rlim_cur - kOthers) / 3 : 0));
}

// The memory of a process that stands still: a page is read once, since a walk asks for a word at a time.
class StillMemory {
 public:
  explicit StillMemory(int file) : file_(file) {}

  bool read(std::uint64_t address, void* bytes, std::size_t size) {
    auto* to = static_cast<std::uint8_t*>(bytes);
    while (size > 0) {
      const std::uint64_t in_page = address % kPage;
      const std::size_t part = std::min<std::size_t>(size, kPage - in_page);
      const Page& page = page_at(address - in_page);
      if (!page.is_there) return false;
      to = std::copy_n(page.bytes.begin() + in_page, part, to);
      address += part;
      size -= part;
    }
    return true;
  }

 private:
  static constexpr std::uint64_t kPage = 4096;
  static constexpr std::size_t kPagesMax = 4096;
  struct Page {
    std::array<std::uint8_t, kPage> bytes;
    bool is_there;
  };

  const Page& page_at(std::uint64_t start) {
    if (pages_.size() >= kPagesMax) pages_.clear();
    const auto [found, is_new] = pages_.try_emplace(start);
    Page& page = found->second;
    if (is_new) page.is_there = ::pread(file_, page.bytes.data(), kPage, static_cast<off_t>(start)) == ssize_t{kPage};
    return page;
  }

  int file_;
  std::map<std::uint64_t, Page> pages_;
};

class Server {
 public:
  Server(int socket, UniqueFd namer, const ImageSubject& subject)
      : socket_(socket), outbox_(std::move(namer)), subject_(subject) {}

  // What is asked of the one that names goes out between the requests.
  bool answer_next() {
    CrashRequestHead head;
    while (!outbox_.is_empty()) {
      std::array<pollfd, 2> ready{pollfd{socket_, POLLIN, 0}, pollfd{outbox_.socket(), POLLOUT, 0}};
      if (::poll(ready.data(), ready.size(), -1) > 0 && ready[0].revents != 0) break;
      outbox_.send();
    }
    const UniqueFd memory = receive_with_fd(socket_, {reinterpret_cast<std::uint8_t*>(&head), sizeof head});
    if (!memory) return false;
    const auto text = receive_text(socket_, head.size);
    auto request = text ? unpacked<CrashRequest>(*text) : std::nullopt;
    return request && answer(*request, memory.get());
  }

  void send_rest() {
    constexpr int kPatienceMs = 10'000;
    pollfd ready{outbox_.socket(), POLLOUT, 0};
    while (!outbox_.is_empty() && ::poll(&ready, 1, kPatienceMs) > 0) outbox_.send();
  }

 private:
  // Its file is open, so its device and inode go to no other one.
  struct Opened {
    std::uint64_t number = 0;            // other than that of any that was opened before
    std::shared_ptr<CodePlaces> places;  // null: its file can't be had
    FileState as_opened;
    bool is_unchanged() const { return FileState::of(places->file()) == as_opened; }
  };
  struct Loaded {
    MappedImage mapped;
    Opened file;
    CodePlaces* places() const { return file.places.get(); }
  };
  using MappedFile = std::tuple<std::uint64_t, std::uint64_t, std::string>;  // device, inode, path
  // What stands in the memory of the last one. The processes of a storm are copies of each other.
  struct Scene {
    std::string maps;
    std::vector<Loaded> loaded;
    std::string vdso;
    std::optional<StackWalk> walk;
  };

  bool answer(const CrashRequest& request, int memory) {
    const User user = user_of(Tid{request.tid});
    const AsUser as(user);
    NamesRequest names;
    names.crash = request.number;
    names.uid = user.uid;
    names.gid = user.gid;
    names.groups.assign(user.groups.begin(), user.groups.end());
    memory_.emplace(memory);
    if (!is_same(request.maps)) load(request);
    send_images();
    StackWalk& walk = walk_of(*scene_);
    const std::vector<CrashFrame> frames = send_thread(request.tid, request.registers, walk, names);
    CrashPart last;
    if (request.signal == SIGABRT) last.words = words_of(request, frames, walk, scene_->loaded);
    if (!request.other_tids.empty()) send(last);
    for (std::size_t i = 0; i < request.other_tids.size(); ++i)
      send_thread(request.other_tids[i], request.other_registers[i], walk, names);
    if (outbox_.is_broken())
      last.naming = Naming::by_nobody;
    else if (!outbox_.takes_more())
      last.naming = Naming::too_many;
    if (!send(last, true)) return false;
    if (last.naming == Naming::asked_for) ask(names);
    return true;
  }

  // The process that died goes on meanwhile.
  void ask(NamesRequest& names) {
    names.forgets = told_.empty();
    names.gone = std::exchange(gone_, {});
    std::vector<std::shared_ptr<CodePlaces>> files;
    for (const Loaded& image : scene_->loaded) {
      if (!image.places() || !told_.insert(image.file.number).second) continue;
      names.files.push_back({image.file.number, image.mapped.path, image.file.as_opened});
      files.push_back(image.file.places);
    }
    outbox_.put(answer_text(pack(names), true));
    for (auto& file : files) outbox_.put_file(std::move(file));
    outbox_.send();
  }

  bool is_same(const std::string& maps) const {
    return scene_ && maps == scene_->maps &&
           std::all_of(scene_->loaded.begin(), scene_->loaded.end(),
                       [](const Loaded& image) { return !image.places() || image.file.is_unchanged(); });
  }

  void load(const CrashRequest& request) {
    if (kept_.size() > images_kept_) {
      kept_.clear();
      told_.clear();
    }
    scene_.emplace().maps = request.maps;
    for (MappedImage& image : mapped_images(request.maps)) {
      Opened file = file_of(Tid{request.tid}, image);
      scene_->loaded.push_back({std::move(image), std::move(file)});
    }
  }

  bool send(CrashPart& part, bool is_last = false) { return send_answer(socket_, pack(part), is_last); }

  void send_images() {
    CrashPart part;
    for (const Loaded& image : scene_->loaded)
      part.images.push_back({image.mapped.path, image.places() ? image.places()->build_id() : std::string(),
                             image.mapped.start, image.mapped.end});
    send(part);
  }

  std::string words_of(const CrashRequest& request, const std::vector<CrashFrame>& frames, StackWalk& walk,
                       const std::vector<Loaded>& loaded) {
    const LastWords words(request.registers.word(), reader(),
                          [&](const std::string& name) { return symbols(name, walk, loaded); });
    const bool is_thrown = std::any_of(frames.begin(), frames.end(), [](const CrashFrame& frame) {
      return frame.function == "__cxa_throw" || frame.function == "__cxa_rethrow" ||
             frame.function == "_Unwind_RaiseException" || frame.function.starts_with("std::terminate");
    });
    const std::string thrown = is_thrown ? words.of_exception(request.registers.sp()) : std::string();
    return thrown.empty() ? words.of_abort() : thrown;
  }

  // Where the images define it.
  static std::vector<std::uint64_t> symbols(const std::string& name, StackWalk& walk,
                                            const std::vector<Loaded>& loaded) {
    std::vector<std::uint64_t> found;
    for (const Loaded& image : loaded) {
      const auto symbol = image.places() ? image.places()->address_of(name) : std::nullopt;
      const auto bias = symbol ? walk.bias_at(raw(image.mapped.code_start)) : std::nullopt;
      if (bias) found.push_back(raw(*symbol) + *bias);
    }
    return found;
  }

  std::vector<CrashFrame> send_thread(std::int32_t tid, const StackRegisters& registers, StackWalk& walk,
                                      NamesRequest& names) {
    CrashPart part;
    part.tid = tid;
    ThreadToName& thread = names.threads.emplace_back(ThreadToName{tid, {}});
    for (const StackPlace& place : walk.from(registers, kCrashFramesMax)) {
      thread.frames.push_back(frame_of(place, walk));
      part.frames.push_back(thread.frames.back().bare);
    }
    send(part);
    return std::move(part.frames);
  }

  const Loaded* image_at(std::uint64_t address) const {
    for (const Loaded& image : scene_->loaded)
      if (address >= raw(image.mapped.start) && address < raw(image.mapped.end)) return &image;
    return nullptr;
  }

  // With the names of symbols: they cost little, and tell what the process waits for and died with.
  FrameToName frame_of(const StackPlace& place, StackWalk& walk) const {
    FrameToName frame;
    frame.bare.address = Address{place.pc};
    frame.is_return = place.is_return;
    const std::uint64_t looked_up = place.is_return ? place.pc - 1 : place.pc;
    const Loaded* const image = image_at(looked_up);
    if (image == nullptr) return frame;
    frame.bare.image = image->mapped.path;
    const auto bias = walk.bias_at(looked_up);
    if (!bias) return frame;
    frame.bare.offset = ImageAddress{place.pc - *bias};
    if (image->places() == nullptr) return frame;
    frame.file = image->file.number;
    frame.bare.function = image->places()->symbol(ImageAddress{looked_up - *bias});
    return frame;
  }

  // The images are opened when a walk comes to them.
  StackWalk& walk_of(Scene& scene) {
    if (scene.walk) return *scene.walk;
    std::vector<WalkedImage> images;
    for (Loaded& image : scene.loaded) {
      const std::uint64_t start = raw(image.mapped.start), end = raw(image.mapped.end);
      if (image.mapped.path == "[vdso]" && end - start <= kVdsoMax)
        images.push_back({start, end, [this, start, end, &vdso = scene.vdso] { return vdso_from(start, end, vdso); }});
      else
        images.push_back({start, end, [&image] { return image.places() ? image.places()->shared_elf() : nullptr; }});
    }
    return scene.walk.emplace(std::move(images), reader());
  }

  LastWords::Read reader() {
    return [this](std::uint64_t address, void* bytes, std::size_t size) { return memory_->read(address, bytes, size); };
  }

  Elf* vdso_from(std::uint64_t start, std::uint64_t end, std::string& bytes) {
    bytes.resize(static_cast<std::size_t>(end - start));
    return memory_->read(start, bytes.data(), bytes.size()) ? elf_memory(bytes.data(), bytes.size()) : nullptr;
  }

  // By the mapping, which leads to a file that is gone as well, but takes a privilege; else by its name, if that still names
  // the same file.
  Opened file_of(Tid tid, const MappedImage& image) {
    if (image.inode == 0) return {};
    Opened& kept = kept_[{image.device, image.inode, image.path}];
    if (kept.places && kept.is_unchanged()) return kept;
    if (told_.erase(kept.number) != 0) gone_.push_back(kept.number);
    char range[64];
    std::snprintf(range, sizeof range, "map_files/%lx-%lx", raw(image.code_start), raw(image.code_end));
    kept = opened(proc_path(tid, range), image);
    if (!kept.places) kept = opened(place_of(tid, image.path, image.inode), image);
    return kept;
  }

  Opened opened(const std::string& place, const MappedImage& image) {
    struct stat info {};
    if (::stat(place.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
    UniqueFd file(::open(place.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file || ::fstat(file.get(), &info) != 0 || info.st_ino != image.inode) return {};
    const int fd = file.get();
    return {++files_, std::make_shared<CodePlaces>(std::move(file), image.path, subject_), FileState::of(fd)};
  }

  int socket_;
  Outbox outbox_;  // to the one that names
  const ImageSubject& subject_;
  std::map<MappedFile, Opened> kept_;
  std::optional<StillMemory> memory_;  // of the one that is asked for
  std::optional<Scene> scene_;
  std::uint64_t files_ = 0;
  std::set<std::uint64_t> told_;     // the numbers of the files that the one that names has,
  std::vector<std::uint64_t> gone_;  // and of those that it is to forget
  const std::size_t images_kept_ = images_kept();
};

}  // namespace

void serve_crashes(int socket, const ImageSubject& subject) {
  limit_memory(kMemoryMax);
  std::uint8_t nothing = 0;
  UniqueFd namer = receive_with_fd(socket, {&nothing, 1});  // none: nobody names
  Server server(socket, std::move(namer), subject);
  while (server.answer_next()) {
  }
  server.send_rest();
}

}  // namespace recount
