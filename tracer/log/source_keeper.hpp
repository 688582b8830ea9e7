// Keeps the sources of the run's images in the log, on a thread of its own: neither a stop nor the writing of the log waits
// for a file that is read or compressed.
//
//   SourceKeeper keeper(log, sources, start_ns, quiet, verbose);
//   keeper.keep(image);     // returns at once
//   keeper.finish();        // waits until all is read and pushed
//
// The sources of an image are those in which it has a probe. They are read as soon as the image was: a log whose recorder
// dies later has them. A text is pushed once, whatever the number of its names and images, and a file that did not change
// between two images is read once. What can't be kept, and what is newer than its image, is a row and for each image one
// diagnostic; a source is said to be newer once.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tracer/log/log_writer.hpp"
#include "tracer/log/source_file.hpp"

namespace recount {

class SourceKeeper {
 public:
  SourceKeeper(LogWriter& log, const SourceFilter& sources, std::int64_t start_ns, bool quiet, bool verbose)
      : log_(log), sources_(sources), start_ns_(start_ns), quiet_(quiet), verbose_(verbose) {}
  ~SourceKeeper() { finish(); }
  SourceKeeper(const SourceKeeper&) = delete;
  SourceKeeper& operator=(const SourceKeeper&) = delete;

  void keep(std::shared_ptr<const StoredImage> image);
  void finish();

 private:
  using Paths = std::vector<std::string>;
  bool has_thread();
  void work();
  std::shared_ptr<const StoredImage> next();  // null: there is none, and none will come
  void keep_sources_of(const StoredImage& stored);
  SourceItem item_of(const std::string& path, const StoredImage& stored);
  void push(LogItem item);
  void diagnose(const char* severity, const char* key, const std::string& message, const char* remedy);

  LogWriter& log_;
  const SourceFilter& sources_;
  const std::int64_t start_ns_;
  const bool quiet_;
  const bool verbose_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<const StoredImage>> queue_;
  bool finishing_ = false;
  bool given_up_ = false;  // there can be no thread

  // Of the thread alone:
  struct Known {
    SourceFile::Stamp stamp;
    std::string hash;
    std::int64_t size = 0;
  };
  std::map<std::string, Known> known_;  // by path
  std::set<std::string> pushed_;        // hashes
  std::set<std::string> told_;          // paths that were said to be newer

  std::thread thread_;  // starts with the first image
};

}  // namespace recount
