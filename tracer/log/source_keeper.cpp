#include "tracer/log/source_keeper.hpp"

#include <algorithm>
#include <utility>

#include "tracer/base/clock.hpp"
#include "tracer/base/quiet_thread.hpp"

namespace recount {
namespace {

std::vector<std::string> sources_of(const Image& image) {
  std::vector<bool> probed(image.files.size());
  for (const ImageLine& line : image.lines) probed[line.file] = true;
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < probed.size(); ++i)
    if (probed[i]) paths.push_back(image.files[i]);
  return paths;
}

// a.c, b.c, c.c and 17 more
std::string list_text(const std::vector<std::string>& paths) {
  constexpr std::size_t kNamed = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(paths.size(), kNamed); ++i) text += (i == 0 ? "" : ", ") + paths[i];
  return paths.size() <= kNamed ? text : text + " and " + std::to_string(paths.size() - kNamed) + " more";
}

std::string count_text(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

}  // namespace

void SourceKeeper::keep(std::shared_ptr<const StoredImage> image) {
  if (image->image.lines.empty() || !has_thread()) return;
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(image));
  }
  wake_.notify_one();
}

// The run goes on without one.
bool SourceKeeper::has_thread() {
  if (thread_.joinable() || given_up_) return !given_up_;
  try {
    thread_ = thread_without_signals([this] { work(); });
  } catch (const RecordError& error) {
    given_up_ = true;
    diagnose("notice", "sources-not-kept", std::string("no sources are kept in the log: ") + error.what(), "");
  }
  return !given_up_;
}

void SourceKeeper::finish() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

std::shared_ptr<const StoredImage> SourceKeeper::next() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return !queue_.empty() || finishing_; });
  if (queue_.empty()) return nullptr;
  auto image = std::move(queue_.front());
  queue_.pop_front();
  return image;
}

void SourceKeeper::work() {
  while (const auto image = next()) keep_sources_of(*image);
}

void SourceKeeper::keep_sources_of(const StoredImage& stored) {
  std::map<std::string, Paths> missing;  // by reason
  Paths newer;
  for (const std::string& path : sources_of(stored.image)) {
    if (log_.failed()) return;
    SourceItem item = item_of(path, stored);
    if (!item.reason.empty()) missing[item.reason].push_back(path);
    if (item.newer && told_.insert(path).second) newer.push_back(path);
    push(std::move(item));
  }
  if (!newer.empty())
    diagnose("notice", "source-newer-than-image",
             count_text(newer.size(), "source is", "sources are") + " newer than " + stored.image.path +
                 ", so reports about their lines may be off: " + list_text(newer),
             "build it again, then record");
  for (const auto& [reason, paths] : missing)
    diagnose("info", "source-not-kept",
             count_text(paths.size(), "source", "sources") + " of " + stored.image.path +
                 " could not be kept in the log: " + list_text(paths) + ": " + reason,
             "if these names come from a build made elsewhere, say where the sources are with --map FROM=TO");
}

SourceItem SourceKeeper::item_of(const std::string& path, const StoredImage& stored) {
  Known& known = known_[path];
  SourceFile file = read_source(path, sources_, stored.user, known.stamp);
  SourceItem item;
  item.path = path;
  item.image = stored.id;
  item.newer = file.modified_ns > stored.modified_ns;
  item.reason = file.reason;
  if (!file.reason.empty()) return item;
  if (!file.hash.empty()) known = {file.stamp, file.hash, file.size};
  item.hash = known.hash;
  item.size = known.size;
  if (pushed_.insert(known.hash).second) item.content = std::make_shared<std::string>(std::move(file.content));
  return item;
}

void SourceKeeper::push(LogItem item) {
  std::vector<LogItem> items;
  items.push_back(std::move(item));
  log_.push(items);
}

void SourceKeeper::diagnose(const char* severity, const char* key, const std::string& message, const char* remedy) {
  Diagnostic diagnostic{monotonic_ns() - start_ns_, severity, key, message, remedy};
  tell(diagnostic, quiet_, verbose_);
  push(std::move(diagnostic));
}

}  // namespace recount
