#include "replay/query/line_reader.hpp"

#include <editline/readline.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <utility>

#include "replay/command/output.hpp"

namespace recount {
namespace {

namespace fs = std::filesystem;

constexpr int kHistoryMax = 1000;

volatile std::sig_atomic_t is_interrupted = 0;

void note_interrupt(int) { is_interrupted = 1; }

// What SIGINT does while this lives.
class InterruptNote {
 public:
  InterruptNote() {
    struct sigaction action {};
    action.sa_handler = note_interrupt;
    sigaction(SIGINT, &action, &before_);
  }
  ~InterruptNote() { sigaction(SIGINT, &before_, nullptr); }
  InterruptNote(const InterruptNote&) = delete;
  InterruptNote& operator=(const InterruptNote&) = delete;

 private:
  struct sigaction before_ {};
};

// SIGINT is let through only where ppoll waits, so that none comes between the look at the flag and the wait.
std::optional<unsigned char> read_byte() {
  sigset_t interrupt, before;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  sigprocmask(SIG_BLOCK, &interrupt, &before);
  pollfd input{STDIN_FILENO, POLLIN, 0};
  unsigned char byte = 0;
  ssize_t count = -1;
  while (is_interrupted == 0) {
    if (ppoll(&input, 1, nullptr, &before) > 0) count = ::read(STDIN_FILENO, &byte, 1);
    if (count >= 0 || errno != EINTR) break;
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return count == 1 ? std::optional(byte) : std::nullopt;
}

// libedit's own reader goes on after a signal. It takes characters, so UTF-8 is put together here.
int read_character(FILE*) {
  const auto first = read_byte();
  if (!first) return EOF;
  const int more = *first >= 0xf0 ? 3 : *first >= 0xe0 ? 2 : *first >= 0xc0 ? 1 : 0;
  int character = more == 0 ? *first : *first & (0x3f >> more);
  for (int i = 0; i < more; ++i) {
    const auto next = read_byte();
    if (!next) return EOF;
    character = character << 6 | (*next & 0x3f);
  }
  return character;
}

std::string history_file() {
  const char* const state = std::getenv("XDG_STATE_HOME");
  const char* const home = std::getenv("HOME");
  if (state && *state == '/') return std::string(state) + "/recount/shell_history";
  return home && *home == '/' ? std::string(home) + "/.local/state/recount/shell_history" : "";
}

class TerminalReader : public LineReader {
 public:
  explicit TerminalReader(Completer completer) : completer_(std::move(completer)), history_(history_file()) {
    self = this;
    rl_readline_name = "recount-replay";
    rl_getc_function = read_character;  // rl_initialize looks at it
    rl_initialize();
    rl_attempted_completion_function = complete;
    rl_basic_word_break_characters = " \t\n\"'`<>=;|&{}(),+-*/";
    using_history();
    stifle_history(kHistoryMax);
    if (!history_.empty()) read_history(history_.c_str());
  }
  ~TerminalReader() override {
    if (!history_.empty()) keep_history();
    self = nullptr;
  }
  TerminalReader(const TerminalReader&) = delete;
  TerminalReader& operator=(const TerminalReader&) = delete;

  bool is_terminal() const override { return true; }

  std::optional<std::string> next(const std::string& prompt) override {
    is_interrupted = 0;
    const std::unique_ptr<char, decltype(&std::free)> line(readline(prompt.c_str()), std::free);
    if (line) return line.get();
    std::cout << '\n' << std::flush;
    return is_interrupted != 0 ? std::optional(std::string(kInterrupted)) : std::nullopt;
  }

  void remember(const std::string& line) override {
    if (line == last_) return;
    add_history(line.c_str());
    last_ = line;
  }
  bool interrupted() const override { return is_interrupted != 0; }

 private:
  void keep_history() const {
    std::error_code ignored;
    fs::create_directories(fs::path(history_).parent_path(), ignored);
    const mode_t before = ::umask(077);
    write_history(history_.c_str());
    ::umask(before);
  }

  static char** complete(const char* word, int start, int) {
    rl_attempted_completion_over = 1;  // else files are offered
    rl_completion_append_character = '\0';
    self->found_ = self->completer_(std::string_view(rl_line_buffer, static_cast<std::size_t>(start)), word);
    return rl_completion_matches(word, [](const char*, int state) -> char* {
      const auto at = static_cast<std::size_t>(state);
      return at < self->found_.size() ? ::strdup(self->found_[at].c_str()) : nullptr;
    });
  }

  static inline TerminalReader* self = nullptr;  // libedit calls functions, not objects
  InterruptNote note_;
  Completer completer_;
  std::vector<std::string> found_;
  std::string history_, last_;
};

class Script : public LineReader {
 public:
  bool is_terminal() const override { return false; }
  std::optional<std::string> next(const std::string&) override {
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    if (line.ends_with('\r')) line.pop_back();
    return line;
  }
};

}  // namespace

std::unique_ptr<LineReader> make_line_reader(Completer completer) {
  if (isatty(STDIN_FILENO) == 1 && terminal().is_there) return std::make_unique<TerminalReader>(std::move(completer));
  return std::make_unique<Script>();
}

}  // namespace recount
