#include "tracer/image/image_store.hpp"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

#include "tracer/base/unique_fd.hpp"
#include "tracer/base/x86_64.hpp"
#include "tracer/image/flag_plan.hpp"
#include "tracer/image/image_cache.hpp"
#include "tracer/image/vdso_image.hpp"
#include "tracer/process/proc_file.hpp"
#include "tracer/process/proc_status.hpp"

namespace recount {
namespace {

constexpr std::uint64_t kPage = 4096;

std::uint64_t page_start(std::uint64_t address) { return address / kPage * kPage; }

bool is_of_the_system(const std::string& path) {
  const auto is_below = [&path](const char* folder) { return path.starts_with(folder); };
  return std::any_of(arch::kLibraryFolders.begin(), arch::kLibraryFolders.end(), is_below) ||
         std::any_of(arch::kLibraryFoldersOf32Bits.begin(), arch::kLibraryFoldersOf32Bits.end(), is_below);
}

// It calls dlopen for libsepol alone, and nearly every program of coreutils needs it.
const std::string kSelinux = "libselinux.so.1";

std::optional<LoadBias> bias_of(const Image& image, const Mapping& mapping) {
  for (const ImageSegment& segment : image.segments) {
    const std::uint64_t first = page_start(segment.offset);
    if (mapping.offset + mapping.size <= first || mapping.offset >= segment.offset + segment.size) continue;
    return mapping.start - ImageAddress{page_start(raw(segment.address)) + mapping.offset - first};
  }
  return std::nullopt;
}

// A mapping of the same file may begin with its header.
bool covers(const Image& image, LoadBias bias, const Mapping& mapping) {
  return std::any_of(image.segments.begin(), image.segments.end(), [&](const ImageSegment& segment) {
    const std::uint64_t start = page_start(raw(segment.address + bias));
    const bool reaches =
        raw(mapping.start) >= start || (mapping.path == image.path && raw(mapping.start) + mapping.size > start);
    return reaches && raw(mapping.start) < raw(segment.address + bias) + segment.size;
  });
}

// Of a program of 32 bits without PT_GNU_STACK all that can be read can be executed (READ_IMPLIES_EXEC, personality(2)): behind the
// code of a file its data follow, in which a page of the code may be seen once more. There its first mapping has its header.
struct LoadedFile {
  std::string path;
  bool has_header = false;
  bool is_placed = false;

  // Whether it is no more than data of the file that the mapping in front is of.
  bool has_data_in(const Mapping& mapping) {
    const bool begins = mapping.path != path || (mapping.offset == 0 && !mapping.is_writable);
    if (begins) *this = {mapping.path, mapping.offset == 0, false};
    return is_placed && (mapping.is_writable || has_header);
  }
};

// ld.so(8): with one of these the objects of a program may come from anywhere.
bool is_told_of_objects(Tid tid) {
  const std::string environment = '\0' + read_proc_file(tid, "environ");
  constexpr std::array kNames{"LD_PRELOAD=", "LD_LIBRARY_PATH=", "LD_AUDIT="};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](const char* name) { return environment.find('\0' + std::string(name)) != std::string::npos; });
}

std::vector<QuietPlace> quiet_places_of(const Image& image) {
  constexpr std::uint64_t kWay = std::uint64_t{1} << 63;
  std::vector<QuietPlace> quiet;
  for (const ImageLine& line : image.lines)
    quiet.push_back({line.address, line.probe, line.site, std::uint64_t{line.file} << 32 | line.line});
  for (const ImageWitness& witness : image.witnesses)
    quiet.push_back({witness.address, witness.probe, witness.site, kWay | witness.way});
  std::erase_if(quiet,
                [&image](const QuietPlace& place) { return place.address == image.probes[place.probe].address; });
  std::stable_sort(quiet.begin(), quiet.end(),
                   [](const QuietPlace& a, const QuietPlace& b) { return a.address < b.address; });
  return quiet;
}

ImageHelper::Reader reader_for(const ImageSubject& subject) {
  ImageHelper::Reader reader = image_reader(subject);
  return subject.cache.empty() ? reader : cached(std::move(reader), ImageCache(subject.cache, subject.text));
}

UniqueFd open_as(const User& user, const std::string& place) {
  const AsUser as(user);
  return UniqueFd(::open(place.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

std::int64_t nanoseconds(const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }

}  // namespace

ImageStore::ImageStore(const ImageSubject& subject, bool coverage)
    : helper_(reader_for(subject)), coverage_(coverage), output_(subject.output) {}

ImageStore::Identity ImageStore::identity_of(const struct stat& file) {
  return {file.st_dev, file.st_ino, file.st_size, nanoseconds(file.st_mtim), nanoseconds(file.st_ctim)};
}

// `place` is what is opened, `path` what the image is called. Null if there is no such file.
ImageStore::File* ImageStore::file_at(Tid tid, const std::string& place, const std::string& path, DebugInfo where,
                                      bool is_wanted) {
  struct stat info {};
  if (::stat(place.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return nullptr;
  if (const auto known = files_.find(identity_of(info)); known != files_.end()) return &known->second;
  const User user = user_of(tid);
  const UniqueFd file = open_as(user, place);
  if (!file || ::fstat(file.get(), &info) != 0) return nullptr;
  Image image;
  image.path = path;
  if (!is_wanted) image.linking = helper_.outline(file.get(), user).linking;
  if (is_wanted || may_trace(image.linking)) image = helper_.read(file.get(), path, where, user);
  if (!coverage_) image.reason = "coverage was switched off";
  return &files_.try_emplace(identity_of(info), File{std::move(image), nanoseconds(info.st_mtim), user, nullptr})
              .first->second;
}

const ImageStore::Stored& ImageStore::stored(File& file) {
  if (!file.stored) file.stored = new_images_.emplace_back(store(file));
  return file.stored;
}

// The link itself is opened: it leads to the file that runs, even if that was deleted, replaced, or lies in another
// mount namespace (proc(5)).
ImageStore::Stored ImageStore::of_process(Tid tid, const std::string& path) {
  met_another_user_ = met_another_user_ || user_of(tid).is_another();
  File* const file = file_at(tid, proc_path(tid, "exe"), path, DebugInfo::anywhere, coverage_ || output_);
  return file ? stored(*file) : nullptr;
}

void ImageStore::read_also(const std::string& path, bool is_told) {
  File* const file = file_at(Tid{::getpid()}, path, path, DebugInfo::anywhere, true);
  if (file && !file->stored && (is_told || !file->image.probes.empty())) stored(*file);
}

// /proc/PID/map_files has links as good as /proc/PID/exe, but following them takes CAP_CHECKPOINT_RESTORE.
ImageStore::File* ImageStore::file_of(Tid tid, const Mapping& mapping) {
  std::array<char, 64> range{};
  std::snprintf(range.data(), range.size(), "map_files/%lx-%lx", raw(mapping.start), raw(mapping.start) + mapping.size);
  const DebugInfo where = is_of_the_system(mapping.path) ? DebugInfo::by_build_id : DebugInfo::anywhere;
  if (File* const file = file_at(tid, proc_path(tid, range.data()), mapping.path, where, true)) return file;
  if (mapping.is_deleted()) return nullptr;
  return file_at(tid, place_of(tid, mapping.path, mapping.inode), mapping.path, where, true);
}

std::vector<Placed> ImageStore::placed_in(Tid tid, const std::string& maps, const std::vector<Placed>& known,
                                          Known how) {
  const bool is_certain = how == Known::stands_there;
  std::vector<Placed> placed;
  const auto add = [&placed](Placed image) {
    if (std::find(placed.begin(), placed.end(), image) == placed.end()) placed.push_back(image);
  };
  for (const Placed image : known)
    if (vdso_ && image.image == vdso_->id && (is_certain || vdso_in(tid) == image)) add(image);
  LoadedFile loaded;
  for (const Mapping& mapping : executable_mappings(maps)) {
    if (loaded.has_data_in(mapping)) continue;
    const auto there = std::find_if(known.begin(), known.end(), [&](Placed known_image) {
      const Image& image = at(known_image.image).image;
      return covers(image, known_image.bias, mapping) &&
             (is_certain || without_deleted(image.path) == without_deleted(mapping.path));
    });
    File* const file = is_certain && there != known.end() ? nullptr : file_of(tid, mapping);
    if (file) {
      const auto bias = bias_of(file->image, mapping);
      if (const Stored& image = stored(*file); bias && !image->table->is_empty()) add({image->id, *bias});
      loaded.is_placed = bias.has_value();
    } else if (there != known.end()) {
      add(*there);
      loaded.is_placed = true;
    }
  }
  return placed;
}

std::optional<Placed> ImageStore::vdso_in(Tid tid) {
  const auto start = auxiliary_value(tid, AT_SYSINFO_EHDR);
  if (!start) return std::nullopt;
  if (!vdso_) {
    std::vector<std::uint8_t> bytes(kPage);
    const UniqueFd memory = open_memory_file(tid);
    const auto size = static_cast<ssize_t>(bytes.size());
    if (!memory || ::pread(memory.get(), bytes.data(), bytes.size(), static_cast<off_t>(*start)) != size)
      return std::nullopt;
    vdso_ = new_images_.emplace_back(store({vdso_image(bytes), 0, user_of(tid), nullptr}));
  }
  return Placed{vdso_->id, LoadBias{*start}};
}

bool ImageStore::may_load_probes(const Image& program, Tid tid) {
  if (!program.linking.has_interpreter) return false;
  if (output_ || may_trace(program.linking)) return true;
  if (!coverage_) return false;
  return is_told_of_objects(tid) || may_load_probes(program.linking, arch::mode_of(program.elf_machine), tid);
}

bool ImageStore::may_load_probes(const DynamicLinking& linking, arch::Mode mode, Tid tid) {
  if (linking.loads_at_run_time || linking.has_search_path) return true;
  return std::any_of(linking.needed.begin(), linking.needed.end(),
                     [&](const std::string& object) { return may_bring_probes(object, mode, tid); });
}

bool ImageStore::may_bring_probes(const std::string& object, arch::Mode mode, Tid tid) {
  if (object == kSelinux) return false;
  struct stat info {};
  for (const std::string folder : arch::library_folders(mode)) {
    const std::string place = proc_path(tid, "root") + folder + object;
    if (::stat(place.c_str(), &info) != 0) continue;
    const auto [known, is_new] =
        objects_.try_emplace(identity_of(info), false);  // what needs itself learns nothing new
    if (is_new) known->second = asks_for_probes(place, folder + object, mode, tid);
    return known->second;
  }
  return true;
}

bool ImageStore::asks_for_probes(const std::string& place, const std::string& path, arch::Mode mode, Tid tid) {
  const User user = user_of(tid);
  const UniqueFd file = open_as(user, place);
  if (!file) return false;
  const ObjectOutline outline = helper_.outline(file.get(), user);
  if (outline.has_debug_info)
    if (const File* const read = file_at(tid, place, path, DebugInfo::by_build_id, true);
        read && !read->image.probes.empty())
      return true;
  return may_load_probes(outline.linking, mode, tid);
}

ImageStore::Stored ImageStore::store(const File& file) {
  Image image = file.image;
  auto stored = std::make_shared<StoredImage>();
  auto table = std::make_shared<ProbeTable>();
  stored->id = table->image = ImageId{static_cast<std::uint32_t>(images_.size() + 1)};
  stored->modified_ns = file.modified_ns;
  stored->user = file.user;
  table->first = ProbeId{next_probe_};
  for (const ImageProbe& probe : image.probes) {
    table->addresses.push_back(probe.address);
    if (probe.original == arch::kInt3) table->own_int3.push_back(probe.address);
    stored->bytes.originals.push_back(probe.original);
  }
  stored->bytes.addresses = table->addresses;
  for (const ImageCounter& counter : image.counters) table->counted.push_back(image.probes.at(counter.probe).address);
  auto jumps = jumps_of(image.annex);
  for (const ImageFlag& flag : image.annex.flags) {
    table->flagged.push_back(image.probes.at(flag.probe).address);
    stored->jumps.push_back({flag.from, flag.displaced, std::move(jumps[stored->jumps.size()]), flag.before});
    if (flag.via != ImageAddress{}) stored->vias.emplace(flag.via, stored->jumps.size() - 1);
  }
  for (const auto& [via, guest] : stored->vias)  // whose host's jump has to be there
    stored->jumps[static_cast<std::size_t>(host_of(image.annex, image.annex.flags[guest]) - image.annex.flags.data())]
        .even_if_lifted = true;
  std::erase_if(image.watches, [&table](const ImageWatch& watch) {
    return std::binary_search(table->addresses.begin(), table->addresses.end(), watch.watch.address);
  });
  table->traces = may_trace(image.linking);
  table->first_watch = WatchId{next_watch_};
  for (const ImageWatch& watch : image.watches) {
    table->watches.push_back(watch.watch);
    stored->watch_bytes.addresses.push_back(watch.watch.address);
    stored->watch_bytes.originals.push_back(watch.original());
  }
  next_watch_ += static_cast<std::uint32_t>(image.watches.size());
  next_probe_ += static_cast<std::uint32_t>(image.probes.size());
  stored->table = std::move(table);
  stored->quiet = quiet_places_of(image);
  stored->image = std::move(image);
  return images_.emplace_back(std::move(stored));
}

const StoredImage& ImageStore::image_of(ProbeId probe) const {
  const auto after = std::upper_bound(images_.begin(), images_.end(), probe,
                                      [](ProbeId id, const auto& image) { return id < image->table->first; });
  return **std::prev(after);
}

const std::vector<std::uint8_t>& ImageStore::instruction(ProbeId probe) const {
  const StoredImage& image = image_of(probe);
  const std::uint32_t index = raw(probe) - raw(image.table->first);
  const auto& counters = image.image.counters;
  const auto found = std::lower_bound(counters.begin(), counters.end(), index,
                                      [](const ImageCounter& a, std::uint32_t wanted) { return a.probe < wanted; });
  if (found == counters.end() || found->probe != index) throw std::out_of_range("a probe that is not counted");
  return found->instruction;
}

std::uint8_t ImageStore::original(ProbeId probe) const {
  const StoredImage& image = image_of(probe);
  return image.bytes.originals.at(raw(probe) - raw(image.table->first));
}

const ImageWatch& ImageStore::watch(WatchId watch) const {
  const auto after = std::upper_bound(images_.begin(), images_.end(), watch,
                                      [](WatchId id, const auto& image) { return id < image->table->first_watch; });
  const StoredImage& image = **std::prev(after);
  return image.image.watches.at(raw(watch) - raw(image.table->first_watch));
}

}  // namespace recount
