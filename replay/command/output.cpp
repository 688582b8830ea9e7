#include "replay/command/output.hpp"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <utility>

#include "replay/log/errors.hpp"

namespace recount {
namespace {

bool is_special_file(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
}

std::string reason() { return std::strerror(errno); }

}  // namespace

const Terminal& terminal() {
  static const Terminal terminal = [] {
    winsize size{};
    const bool has_size = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    return Terminal{isatty(STDOUT_FILENO) == 1, has_size ? size.ws_col : std::size_t{0}};
  }();
  return terminal;
}

Output::Output(std::string path) : path_(std::move(path)), stream_(&std::cout) {
  if (!path_.empty()) open_beside();
}

Output::~Output() {
  if (!path_.empty() && !committed_ && written_path_ != path_) std::remove(written_path_.c_str());
}

void Output::open_beside() {
  written_path_ = is_special_file(path_) ? path_ : path_ + ".tmp" + std::to_string(getpid());
  errno = 0;
  file_.open(written_path_, std::ios::binary | std::ios::trunc);
  if (!file_) throw FileError(path_, "cannot be written, " + reason() + "; choose another -o FILE");
  stream_ = &file_;
}

bool Output::coloured() const {
  const char* const no_color = std::getenv("NO_COLOR");
  return path_.empty() && terminal().is_there && !(no_color && *no_color);
}

std::size_t Output::width() const { return path_.empty() ? terminal().width : 0; }

void Output::commit() {
  errno = 0;
  stream_->flush();
  if (file_.is_open()) file_.close();
  if (stream_->fail())
    throw FileError(path_.empty() ? "standard output" : path_,
                    "was not written, " + (errno ? reason() : "an output error") + "; is the disk full?");
  if (path_.empty()) return;
  if (written_path_ != path_ && std::rename(written_path_.c_str(), path_.c_str()) != 0)
    throw FileError(path_, "cannot be written, " + reason() + "; choose another -o FILE");
  committed_ = true;
}

}  // namespace recount
