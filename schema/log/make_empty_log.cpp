// Writes empty_log.cpp, the bytes of an empty log (empty_log.hpp). Run by the build.
#include <errno.h>
#include <string.h>

#include <cstdio>
#include <exception>
#include <string>

#include "schema/log/log_format.hpp"
#include "schema/log/sqlite.hpp"
#include "schema/log/view_sql.hpp"
#include "schema/vocabulary/event_kind.hpp"

namespace recount {
namespace {

void write_kinds(const Database& database) {
  Statement kind(database, "INSERT INTO trace_event_kind VALUES (?,?,?,?)");
  for (const auto& entry : kEventKinds)
    kind.bind(1, static_cast<int>(entry.kind))
        .bind(2, entry.name)
        .bind(3, is_action(entry.kind))
        .bind(4, entry.meaning)
        .execute();
}

void write_signals(const Database& database) {
  Statement signal(database, "INSERT INTO trace_signal_name VALUES (?,?)");
  for (int number = 1; number < 65; ++number) {
    const char* const name = ::sigabbrev_np(number);
    const std::string rt = number >= 34 ? "RTMIN" + (number > 34 ? "+" + std::to_string(number - 34) : "") : "";
    if (name || !rt.empty()) signal.bind(1, number).bind(2, "SIG" + (name ? name : rt)).execute();
  }
}

void write_errors(const Database& database) {
  constexpr const char* kDiffers =
      "The code in memory is not what the file has";  // of no other action (process_memory.hpp)
  Statement error(database, "INSERT INTO trace_error_name VALUES (?,?,?)");
  for (int number = 1; number < 134; ++number)
    if (const char* const name = ::strerrorname_np(number))
      error.bind(1, number).bind(2, name).bind(3, number == EILSEQ ? kDiffers : ::strerrordesc_np(number)).execute();
}

std::string empty_log() {
  Database database("", Database::Mode::in_memory);
  database.run("PRAGMA page_size=1024");  // half of the tables are empty in most logs, and each has a page
  database.run("BEGIN; PRAGMA application_id=" + std::to_string(kApplicationId) +
               "; PRAGMA user_version=" + std::to_string(kSchemaVersion) + ";");
  database.run(std::string(kTablesSql));
  database.run(views_sql());
  write_kinds(database);
  write_signals(database);
  write_errors(database);
  database.run("COMMIT");
  return database.bytes();
}

void print(const std::string& bytes) {
  std::printf(
      "#include \"schema/log/empty_log.hpp\"\n\nnamespace recount {\nnamespace {\n\nconstexpr unsigned char kBytes[]{");
  for (std::size_t i = 0; i < bytes.size(); ++i)
    std::printf("%s%d,", i % 64 == 0 ? "\n" : "", static_cast<unsigned char>(bytes[i]));
  std::printf(
      "};\n\n}  // namespace\n\nstd::string_view empty_log_image() noexcept {\n"
      "  return {reinterpret_cast<const char*>(kBytes), sizeof kBytes};\n}\n\n}  // namespace recount\n");
}

}  // namespace
}  // namespace recount

int main() {
  try {
    recount::print(recount::empty_log());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_empty_log: %s\n", error.what());
    return 1;
  }
  return std::ferror(stdout) != 0 || std::fflush(stdout) != 0;
}
