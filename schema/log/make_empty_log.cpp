// Writes empty_log_bytes.cpp: the bytes of an empty log, and the texts of its views (empty_log.hpp). Run by the build.
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

void make_tables(Database& database) {
  database.run("PRAGMA page_size=1024");  // half of the tables are empty in most logs, and each has a page
  database.run("BEGIN; PRAGMA application_id=" + std::to_string(kApplicationId) +
               "; PRAGMA user_version=" + std::to_string(kSchemaVersion) + ";");
  database.run(std::string(kTablesSql));
  write_kinds(database);
  write_signals(database);
  write_errors(database);
  database.run("COMMIT");
}

void print(const char* name, const std::string& bytes) {
  std::printf("constexpr unsigned char %s[]{", name);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    std::printf("%s%d,", i % 64 == 0 ? "\n" : "", static_cast<unsigned char>(bytes[i]));
  std::printf("};\n");
}

// All texts in one array, since a compiler takes no string of that length.
void print_views(Database& database) {
  std::string texts, rows;
  Statement view(database, "SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY rowid");
  const auto place = [&texts](const std::string& text) {
    const std::size_t begin = texts.size();
    texts += text;
    return "text(" + std::to_string(begin) + ", " + std::to_string(text.size()) + ")";
  };
  while (view.step()) {
    rows += "\n    {" + place(view.text(0)) + ", ";
    rows += place(view.text(1)) + "},";
  }
  print("kTexts", texts);
  std::printf(
      "\nstd::string_view text(std::size_t begin, std::size_t size) {\n"
      "  return {reinterpret_cast<const char*>(kTexts) + begin, size};\n}\n\n"
      "const ViewText kViews[]{%s};\n",
      rows.c_str());
}

void print_log() {
  Database database("", Database::Mode::in_memory);
  make_tables(database);
  std::printf("#include \"schema/log/empty_log.hpp\"\n\nnamespace recount {\nnamespace {\n\n");
  print("kBytes", database.bytes());
  database.run(views_sql());
  print_views(database);
  std::printf(
      "\n}  // namespace\n\nstd::string_view empty_log_image() noexcept {\n"
      "  return {reinterpret_cast<const char*>(kBytes), sizeof kBytes};\n}\n\n"
      "std::span<const ViewText> empty_log_views() noexcept { return kViews; }\n\n}  // namespace recount\n");
}

}  // namespace
}  // namespace recount

int main() {
  try {
    recount::print_log();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_empty_log: %s\n", error.what());
    return 1;
  }
  return std::ferror(stdout) != 0 || std::fflush(stdout) != 0;
}
