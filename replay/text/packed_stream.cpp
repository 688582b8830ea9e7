#include "replay/text/packed_stream.hpp"

#include <zlib.h>

#include <array>
#include <new>
#include <streambuf>
#include <string>
#include <string_view>

#include "replay/text/base64.hpp"

namespace recount {

class PackedStream::Buffer : public std::streambuf {
 public:
  Buffer(std::ostream& out, Form form) : out_(out), form_(form) {
    const int window = form == Form::gzip ? kGzipWindow : MAX_WBITS;
    if (::deflateInit2(&state_, kLevel, Z_DEFLATED, window, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
    begin();
  }
  ~Buffer() override { ::deflateEnd(&state_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void finish() {
    deflate(Z_FINISH);
    write(packed_);
    packed_.clear();
    ::deflateReset(&state_);
  }

 protected:
  int_type overflow(int_type c) override {
    deflate(Z_NO_FLUSH);
    if (c != traits_type::eof()) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }

 private:
  static constexpr int kLevel = 6;
  static constexpr int kMemory = 8;                   // zlib's default
  static constexpr int kGzipWindow = MAX_WBITS + 16;  // zlib's way to ask for a header of gzip
  static constexpr std::size_t kBytes = 1 << 16;

  void begin() { setp(plain_.data(), plain_.data() + plain_.size()); }

  void write(std::string_view bytes) { form_ == Form::gzip ? out_ << bytes : out_ << base64(bytes); }

  void deflate(int flush) {
    state_.next_in = reinterpret_cast<Bytef*>(plain_.data());
    state_.avail_in = static_cast<uInt>(pptr() - pbase());
    do {
      state_.next_out = reinterpret_cast<Bytef*>(room_.data());
      state_.avail_out = static_cast<uInt>(room_.size());
      ::deflate(&state_, flush);
      packed_.append(room_.data(), room_.size() - state_.avail_out);
    } while (state_.avail_out == 0);
    begin();
    write_whole_groups();
  }

  void write_whole_groups() {  // of three bytes: base64 has no padding in the middle
    const std::size_t whole = packed_.size() / 3 * 3;
    write(std::string_view(packed_).substr(0, whole));
    packed_.erase(0, whole);
  }

  std::ostream& out_;
  Form form_;
  z_stream state_{};
  std::array<char, kBytes> plain_{}, room_{};
  std::string packed_;
};

PackedStream::PackedStream(std::ostream& to, Form form)
    : std::ostream(nullptr), buffer_(std::make_unique<Buffer>(to, form)) {
  rdbuf(buffer_.get());
}

PackedStream::~PackedStream() = default;

void PackedStream::finish() { buffer_->finish(); }

}  // namespace recount
