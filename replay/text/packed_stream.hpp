// A stream whose text is packed while it is written, so that it takes no more memory than its buffers: as base64 of zlib's format (RFC
// 1950), which a page unpacks by itself, or as a gzip file (RFC 1952), the same for the same text.
//
//   PackedStream packed(out);  packed << text;  packed.finish();       // and again, for another one
#pragma once

#include <memory>
#include <ostream>

namespace recount {

class PackedStream : public std::ostream {
 public:
  enum class Form { base64, gzip };
  explicit PackedStream(std::ostream& to, Form form = Form::base64);
  ~PackedStream() override;  // without finish(), what was written is not whole
  void finish();

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
};

}  // namespace recount
