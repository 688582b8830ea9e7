// The text of one source file, as the log keeps it.
//
//   SourceFile file = read_source("/src/a.c");
//   if (!file.reason.empty()) say(file.reason);       // never an exception: a source may be anything, or gone
//
// Reading never blocks on what is no file (a FIFO, a device: open(2) with O_NONBLOCK, then fstat(2)), and is bounded by
// kSourceBytesMax. Content is stored as SQLite's archives store it (sqlar: zlib's format, RFC 1950, or the bytes
// themselves if they would not get smaller), so that sqlite3's sqlar_uncompress(content, size_bytes) shows it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <tuple>

#include "schema/shared/source_filter.hpp"
#include "tracer/process/as_user.hpp"

namespace recount {

struct SourceFile {
  using Stamp = std::tuple<dev_t, ino_t, off_t, std::int64_t, std::int64_t>;  // device, inode, size, mtime, ctime
  Stamp stamp;
  std::int64_t modified_ns = 0;
  std::string reason;  // why there is no text, as a clause; else empty
  std::string hash;    // SHA-256, hexadecimal
  std::int64_t size = 0;
  std::string content;  // as it is stored
};

// It is opened as that user, and read only if the file that was opened lies below a root: a link may lead anywhere. `known` is the
// stamp of an earlier reading: if it still holds, stamp and modified_ns are all that comes back.
SourceFile read_source(const std::string& path, const SourceFilter& sources, const User& user,
                       const SourceFile::Stamp& known = {});

}  // namespace recount
