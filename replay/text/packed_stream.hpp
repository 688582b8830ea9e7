// A stream whose text a page unpacks by itself: what is written to it goes on as base64 of zlib's format (RFC 1950), while it
// is written, so that it takes no more memory than its buffers.
//
//   PackedStream packed(out);  packed << text;  packed.finish();       // and again, for another one
#pragma once

#include <memory>
#include <ostream>

namespace recount {

class PackedStream : public std::ostream {
 public:
  explicit PackedStream(std::ostream& to);
  ~PackedStream() override;  // without finish(), what was written is not whole
  void finish();

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
};

}  // namespace recount
