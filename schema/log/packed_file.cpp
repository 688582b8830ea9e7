#include "schema/log/packed_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace recount {
namespace {

constexpr std::size_t kChunk = 256 << 10;
constexpr int kZstdLevel = 9;         // a log of 71 MB packs to 21 MB in 2.8 s
constexpr int kGzipWindow = 15 + 16;  // zlib: 32 KiB, and gzip's header

[[noreturn]] void fail(const char* what) { throw PackedFileError(std::string(what) + ", " + std::strerror(errno)); }

class Input {
 public:
  explicit Input(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), bytes_(kChunk) {
    if (fd_ < 0) fail("cannot be opened");
  }
  ~Input() { ::close(fd_); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // Empty: the end.
  std::string_view next() {
    ssize_t n = 0;
    while ((n = ::read(fd_, bytes_.data(), bytes_.size())) < 0 && errno == EINTR) {
    }
    if (n < 0) fail("cannot be read");
    return {bytes_.data(), static_cast<std::size_t>(n)};
  }

 private:
  int fd_;
  std::vector<char> bytes_;
};

class Sink {
 public:
  Sink(int fd, std::uint64_t bytes_max) : fd_(fd), left_(bytes_max) {}
  void write(std::string_view bytes) {
    if (bytes.size() > left_)
      throw PackedFileError("unpacks to far more than a log of its size does, and is left alone; unpack it by hand");
    left_ -= bytes.size();
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("cannot be written");
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

 private:
  int fd_;
  std::uint64_t left_;
};

[[noreturn]] void truncated() {
  throw PackedFileError("was cut short: the end of the packed file is missing; copy it again");
}

[[noreturn]] void broken() { throw PackedFileError("is damaged: its packed bytes make no sense; copy it again"); }

// Several members behind each other are one file, as gzip(1) has it.
void gunzip(Input& input, Sink& sink) {
  z_stream stream{};
  if (::inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, ::inflateEnd);
  std::vector<char> out(kChunk);
  int code = Z_OK;
  for (std::string_view in = input.next(); !in.empty(); in = input.next()) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream.avail_in = static_cast<uInt>(in.size());
    do {
      if (code == Z_STREAM_END) ::inflateReset(&stream);
      stream.next_out = reinterpret_cast<Bytef*>(out.data());
      stream.avail_out = static_cast<uInt>(out.size());
      code = ::inflate(&stream, Z_NO_FLUSH);
      if (code == Z_MEM_ERROR) throw std::bad_alloc();
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) broken();
      sink.write({out.data(), out.size() - stream.avail_out});
    } while (stream.avail_in != 0 || (stream.avail_out == 0 && code != Z_STREAM_END));
  }
  if (code != Z_STREAM_END) truncated();
}

void unzstd(Input& input, Sink& sink) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(::ZSTD_createDCtx(), ::ZSTD_freeDCtx);
  if (!context) throw std::bad_alloc();
  std::vector<char> out(kChunk);
  std::size_t more = 1;
  for (std::string_view bytes = input.next(); !bytes.empty(); bytes = input.next()) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    do {
      to.pos = 0;
      more = ::ZSTD_decompressStream(context.get(), &to, &in);
      if (::ZSTD_isError(more)) broken();
      sink.write({out.data(), to.pos});
    } while (in.pos < in.size || (to.pos == to.size && more != 0));
  }
  if (more != 0) truncated();
}

void gzip(Input& input, Sink& sink) {
  z_stream stream{};
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, ::deflateEnd);
  std::vector<char> out(kChunk);
  for (bool at_end = false; !at_end;) {
    const std::string_view in = input.next();
    at_end = in.empty();
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream.avail_in = static_cast<uInt>(in.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(out.data());
      stream.avail_out = static_cast<uInt>(out.size());
      ::deflate(&stream, at_end ? Z_FINISH : Z_NO_FLUSH);
      sink.write({out.data(), out.size() - stream.avail_out});
    } while (stream.avail_out == 0);
  }
}

void zstd(Input& input, Sink& sink) {
  const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(::ZSTD_createCCtx(), ::ZSTD_freeCCtx);
  if (!context) throw std::bad_alloc();
  ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kZstdLevel);
  ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::vector<char> out(kChunk);
  for (bool at_end = false; !at_end;) {
    const std::string_view bytes = input.next();
    at_end = bytes.empty();
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (std::size_t more = 1; more != 0 && (at_end || in.pos < in.size);) {
      ZSTD_outBuffer to{out.data(), out.size(), 0};
      more = ::ZSTD_compressStream2(context.get(), &to, &in, at_end ? ZSTD_e_end : ZSTD_e_continue);
      if (::ZSTD_isError(more)) throw PackedFileError(std::string("cannot be packed, ") + ::ZSTD_getErrorName(more));
      sink.write({out.data(), to.pos});
      if (!at_end && in.pos < in.size) more = 1;
    }
  }
}

}  // namespace

std::optional<Packing> packing_of_bytes(std::string_view head) noexcept {
  if (head.starts_with("\x1f\x8b")) return Packing::gzip;
  if (head.starts_with("\x28\xb5\x2f\xfd")) return Packing::zstd;
  return std::nullopt;
}

std::optional<Packing> packing_of_name(std::string_view path) noexcept {
  if (path.ends_with(".gz")) return Packing::gzip;
  if (path.ends_with(".zst")) return Packing::zstd;
  return std::nullopt;
}

std::string_view without_packing(std::string_view path) noexcept {
  return packing_of_name(path) ? path.substr(0, path.rfind('.')) : path;
}

// Empty pages pack best: of 1 MiB of them gzip makes 1 KiB.
std::uint64_t unpacked_bytes_max(std::uint64_t packed_bytes) noexcept {
  constexpr std::uint64_t kFew = 256 << 20, kTimes = 200;
  return kFew + kTimes * packed_bytes;
}

void unpack(const std::string& path, Packing packing, int fd, std::uint64_t bytes_max) {
  Input input(path);
  Sink sink(fd, bytes_max);
  packing == Packing::gzip ? gunzip(input, sink) : unzstd(input, sink);
}

void pack(const std::string& path, Packing packing, int fd) {
  Input input(path);
  Sink sink(fd, UINT64_MAX);
  packing == Packing::gzip ? gzip(input, sink) : zstd(input, sink);
}

std::string zstd_packed(std::string_view bytes) {
  static thread_local const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(::ZSTD_createCCtx(),
                                                                                            ::ZSTD_freeCCtx);
  if (!context) throw std::bad_alloc();
  std::string packed(::ZSTD_compressBound(bytes.size()), '\0');
  // With the room that compressBound says it can't fail but for want of memory.
  const std::size_t size =
      ::ZSTD_compressCCtx(context.get(), packed.data(), packed.size(), bytes.data(), bytes.size(), ZSTD_CLEVEL_DEFAULT);
  if (::ZSTD_isError(size)) throw std::bad_alloc();
  packed.resize(size);
  return packed;
}

std::optional<std::string> zstd_unpacked(std::string_view packed, std::size_t bytes_max) {
  const unsigned long long size = ::ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > bytes_max) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(size), '\0');
  const std::size_t length = ::ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
  return ::ZSTD_isError(length) || length != bytes.size() ? std::nullopt : std::optional(std::move(bytes));
}

}  // namespace recount
