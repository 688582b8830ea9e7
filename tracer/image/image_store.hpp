// Every image of the run, programs and shared objects, each read once.
//
//   const auto image = store.of_process(tid, path);       // at an exec stop: the program
//   const auto placed = store.placed_in(tid, maps, known);  // the images that stand in it, and where
//   image->id, image->bytes ...                           // what to plant, what a lift puts back
//
// An image is a file as it was when the run first saw it: the same path with another inode, size or time of change is
// another image. Ids and probe ids are given in the order in which images are first seen.
#pragma once

#include <sys/stat.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "schema/machine/address_space.hpp"
#include "tracer/base/x86_64.hpp"
#include "tracer/image/image_helper.hpp"
#include "tracer/image/image_subject.hpp"
#include "tracer/process/as_user.hpp"
#include "tracer/process/mappings.hpp"
#include "tracer/process/process_memory.hpp"

namespace recount {

// Where a line, or a way of a jump, begins elsewhere than at the probe that tells of it.
struct QuietPlace {
  ImageAddress address{};
  std::uint32_t probe = 0;  // index into Image::probes, as site
  std::uint32_t site = 0;   // the first of the probes that tell of it
  std::uint64_t what = 0;   // the same for each of these probes
};

struct StoredImage {
  ImageId id{};
  std::int64_t modified_ns = 0;  // the file's st_mtim
  User user;                     // as whom its files are opened
  Image image;
  std::shared_ptr<const ProbeTable> table;  // for the machine
  ProbeBytes bytes;                         // for the process's memory
  ProbeBytes watch_bytes;
  std::vector<CodePatch> jumps;              // to the stubs of its flags
  std::map<ImageAddress, std::size_t> vias;  // where long jumps stand to which short ones lead: by flag
  std::vector<QuietPlace> quiet;             // ascending by address
};

class ImageStore {
 public:
  using Stored = std::shared_ptr<const StoredImage>;

  // Without coverage and without output, images are named, and only what they link is read.
  ImageStore(const ImageSubject& subject, bool coverage);

  Stored of_process(Tid tid, const std::string& path);  // null: /proc/PID/exe could not be opened
  // No process has it; it becomes an image of the run all the same, if it has lines, or if it is told why not.
  void read_also(const std::string& path, bool is_told);
  // The images with probes or watches that are mapped to be executed. `known` are those that were there before: what
  // stands where one of them stood is still the same, whatever became of its file.
  // Of what may stand there, that which can not be opened is known by its path and its place.
  enum class Known : std::uint8_t { stands_there, may_stand_there };
  std::vector<Placed> placed_in(Tid tid, const std::string& maps, const std::vector<Placed>& known,
                                Known how = Known::stands_there);
  // The vDSO, where the handlers of a program of 32 bits return to. Nothing: it has none. placed_in() tells of it as long as it is known.
  std::optional<Placed> vdso_in(Tid tid);
  // Whether that program may map an object with probes beside itself: at its start, or by dlopen(3) later. What the
  // system's folders hold is looked at; what may come from anywhere else, or at any time, is taken to have some. Of
  // an object of the system, debug information that is not in it is only looked for where its build id leads. Where output is kept,
  // it is the C library.
  bool may_load_probes(const Image& program, Tid tid);

  const StoredImage& at(ImageId id) const { return *images_.at(raw(id) - 1); }
  std::uint8_t original(ProbeId probe) const;
  const std::vector<std::uint8_t>& instruction(ProbeId probe) const;  // of a counted one
  const ImageWatch& watch(WatchId watch) const;
  const std::vector<Stored>& all() const noexcept { return images_; }
  bool met_another_user() const noexcept { return met_another_user_; }       // than the recorder's, who ran a program
  std::vector<Stored> take_new() { return std::exchange(new_images_, {}); }  // since the last call

 private:
  using Identity = std::tuple<dev_t, ino_t, off_t, std::int64_t, std::int64_t>;
  struct File {
    Image image;
    std::int64_t modified_ns;
    User user;      // who ran it first
    Stored stored;  // null: nobody has it mapped yet
  };
  const StoredImage& image_of(ProbeId probe) const;
  static Identity identity_of(const struct stat& file);
  File* file_at(Tid tid, const std::string& place, const std::string& path, DebugInfo where, bool is_wanted);
  File* file_of(Tid tid, const Mapping& mapping);
  const Stored& stored(File& file);
  Stored store(const File& file);
  bool may_load_probes(const DynamicLinking& linking, arch::Mode mode, Tid tid);
  bool may_bring_probes(const std::string& object, arch::Mode mode, Tid tid);
  bool asks_for_probes(const std::string& place, const std::string& path, arch::Mode mode, Tid tid);

  ImageHelper helper_;
  bool coverage_;
  bool output_;
  bool met_another_user_ = false;
  std::map<Identity, File> files_;
  std::map<Identity, bool> objects_;  // of the system's folders: may_bring_probes
  Stored vdso_;                       // the same in each process of 32 bits
  std::vector<Stored> images_;
  std::vector<Stored> new_images_;
  std::uint32_t next_probe_ = 1;
  std::uint32_t next_watch_ = 1;
};

}  // namespace recount
