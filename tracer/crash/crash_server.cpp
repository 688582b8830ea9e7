#include "tracer/crash/crash_server.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <tuple>

#include "tracer/base/packing.hpp"
#include "tracer/crash/last_words.hpp"
#include "tracer/crash/stack_walk.hpp"
#include "tracer/image/code_places.hpp"
#include "tracer/process/as_user.hpp"
#include "tracer/process/child_process.hpp"
#include "tracer/process/mappings.hpp"
#include "tracer/process/messages.hpp"
#include "tracer/process/proc_file.hpp"

namespace recount {
namespace {

constexpr std::size_t kImagesKept = 300;  // each has a descriptor or three
constexpr std::uint64_t kMemoryMax = std::uint64_t{4} << 30;
constexpr std::uint64_t kVdsoMax = 1 << 20;

class Server {
 public:
  Server(int socket, const ImageSubject& subject) : socket_(socket), subject_(subject) {}

  bool answer_next() {
    CrashRequestHead head;
    const UniqueFd memory = receive_with_fd(socket_, {reinterpret_cast<std::uint8_t*>(&head), sizeof head});
    if (!memory) return false;
    const auto text = receive_text(socket_, head.size);
    auto request = text ? unpacked<CrashRequest>({reinterpret_cast<const std::uint8_t*>(text->data()), text->size()})
                        : std::nullopt;
    return request && answer(*request, memory.get());
  }

 private:
  struct Loaded {
    MappedImage mapped;
    CodePlaces* places = nullptr;  // null: its file can't be had
  };
  using Identity = std::tuple<dev_t, ino_t, off_t, std::int64_t, std::int64_t>;

  bool answer(const CrashRequest& request, int memory) {
    const AsUser as(user_of(Tid{request.tid}));
    if (kept_.size() > kImagesKept) kept_.clear();
    std::vector<Loaded> loaded;
    for (MappedImage& image : mapped_images(request.maps)) {
      CodePlaces* const places = places_of(Tid{request.tid}, image);
      loaded.push_back({std::move(image), places});
    }
    send_images(loaded);
    std::string vdso;
    const auto read = [memory](std::uint64_t address, void* bytes, std::size_t size) {
      return ::pread(memory, bytes, size, static_cast<off_t>(address)) == static_cast<ssize_t>(size);
    };
    StackWalk walk(walked(loaded, memory, vdso), read);
    const std::vector<CrashFrame> frames = send_thread(request.tid, request.registers, walk, loaded, true);
    CrashPart last;
    if (request.signal == SIGABRT) last.words = words_of(request, frames, walk, loaded, read);
    if (!request.other_tids.empty()) send(last);
    for (std::size_t i = 0; i < request.other_tids.size(); ++i)
      send_thread(request.other_tids[i], request.other_registers[i], walk, loaded, false);
    return send(last, true);
  }

  bool send(CrashPart& part, bool is_last = false) { return send_answer(socket_, pack(part), is_last); }

  void send_images(const std::vector<Loaded>& loaded) {
    CrashPart part;
    for (const Loaded& image : loaded)
      part.images.push_back({image.mapped.path, image.places ? image.places->build_id() : std::string(),
                             image.mapped.start, image.mapped.end});
    send(part);
  }

  static std::string words_of(const CrashRequest& request, const std::vector<CrashFrame>& frames, StackWalk& walk,
                              const std::vector<Loaded>& loaded, const LastWords::Read& read) {
    const LastWords words(request.registers.word(), read,
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
      const auto symbol = image.places ? image.places->address_of(name) : std::nullopt;
      const auto bias = symbol ? walk.bias_at(raw(image.mapped.code_start)) : std::nullopt;
      if (bias) found.push_back(raw(*symbol) + *bias);
    }
    return found;
  }

  // Returns the frames with their names.
  std::vector<CrashFrame> send_thread(std::int32_t tid, const StackRegisters& registers, StackWalk& walk,
                                      std::vector<Loaded>& loaded, bool first_bare) {
    const auto places = walk.from(registers, kCrashFramesMax);
    CrashPart part{tid, {}, {}, {}};
    for (const StackPlace& place : places) part.frames.push_back(bare(place, walk, loaded));
    if (first_bare) send(part);
    std::vector<CrashFrame> named;
    for (std::size_t i = 0; i < places.size(); ++i) add_named(part.frames[i], places[i], loaded, named);
    if (named.size() > kCrashFramesMax) named.resize(kCrashFramesMax);
    part.frames = std::move(named);
    send(part);
    return std::move(part.frames);
  }

  static Loaded* image_at(std::vector<Loaded>& loaded, std::uint64_t address) {
    for (Loaded& image : loaded)
      if (address >= raw(image.mapped.start) && address < raw(image.mapped.end)) return &image;
    return nullptr;
  }

  static std::uint64_t looked_up(const StackPlace& place) { return place.is_return ? place.pc - 1 : place.pc; }

  static CrashFrame bare(const StackPlace& place, StackWalk& walk, std::vector<Loaded>& loaded) {
    CrashFrame frame;
    frame.address = Address{place.pc};
    const Loaded* const image = image_at(loaded, looked_up(place));
    if (image == nullptr) return frame;
    frame.image = image->mapped.path;
    if (const auto bias = walk.bias_at(looked_up(place))) frame.offset = ImageAddress{place.pc - *bias};
    return frame;
  }

  static void add_named(const CrashFrame& bare, const StackPlace& place, std::vector<Loaded>& loaded,
                        std::vector<CrashFrame>& named) {
    const Loaded* const image = image_at(loaded, looked_up(place));
    if (image == nullptr || image->places == nullptr || bare.offset == ImageAddress{}) return named.push_back(bare);
    const auto places = image->places->at(ImageAddress{raw(bare.offset) - (place.is_return ? 1 : 0)});
    for (std::size_t i = 0; i < places.size(); ++i) {
      CrashFrame frame = bare;
      frame.inlined = i + 1 < places.size();
      frame.function = places[i].function;
      frame.file = places[i].file;
      frame.line = places[i].line;
      named.push_back(std::move(frame));
    }
  }

  static std::vector<WalkedImage> walked(std::vector<Loaded>& loaded, int memory, std::string& vdso) {
    std::vector<WalkedImage> images;
    for (Loaded& image : loaded) {
      const std::uint64_t start = raw(image.mapped.start), end = raw(image.mapped.end);
      if (image.mapped.path == "[vdso]" && end - start <= kVdsoMax)
        images.push_back({start, end, [=, &vdso] { return vdso_from(memory, start, end, vdso); }});
      else
        images.push_back({start, end, [places = image.places] { return places ? places->shared_elf() : nullptr; }});
    }
    return images;
  }

  static Elf* vdso_from(int memory, std::uint64_t start, std::uint64_t end, std::string& bytes) {
    bytes.resize(static_cast<std::size_t>(end - start));
    if (::pread(memory, bytes.data(), bytes.size(), static_cast<off_t>(start)) != static_cast<ssize_t>(bytes.size()))
      return nullptr;
    return elf_memory(bytes.data(), bytes.size());
  }

  // By the mapping, which leads to a file that is gone as well, but takes a privilege; else by its name, if that still names
  // the same file.
  CodePlaces* places_of(Tid tid, const MappedImage& image) {
    if (image.inode == 0) return nullptr;
    char range[64];
    std::snprintf(range, sizeof range, "map_files/%lx-%lx", raw(image.code_start), raw(image.code_end));
    if (CodePlaces* const places = places_in(proc_path(tid, range), image)) return places;
    return places_in(place_of(tid, image.path, image.inode), image);
  }

  CodePlaces* places_in(const std::string& place, const MappedImage& image) {
    struct stat info {};
    if (::stat(place.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_ino != image.inode) return nullptr;
    const auto ns = [](const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; };
    const Identity identity{info.st_dev, info.st_ino, info.st_size, ns(info.st_mtim), ns(info.st_ctim)};
    if (const auto known = kept_.find(identity); known != kept_.end()) return known->second.get();
    UniqueFd file(::open(place.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return nullptr;
    return (kept_[identity] = std::make_unique<CodePlaces>(std::move(file), image.path, subject_)).get();
  }

  int socket_;
  const ImageSubject& subject_;
  std::map<Identity, std::unique_ptr<CodePlaces>> kept_;
};

}  // namespace

void serve_crashes(int socket, const ImageSubject& subject) {
  limit_memory(kMemoryMax);
  for (Server server(socket, subject); server.answer_next();) {
  }
}

}  // namespace recount
