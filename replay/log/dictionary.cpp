#include "replay/log/dictionary.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace recount {
namespace {

std::map<int, std::string> read_names(const LogFile& log, const char* sql) {
  Statement row(log.database(), sql);
  std::map<int, std::string> names;
  while (row.step()) names.emplace(static_cast<int>(row.integer(0)), row.text(1));
  return names;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string name_in(const std::map<int, std::string>& names, int number, const char* noun) {
  const auto found = names.find(number);
  return found == names.end() ? noun + std::to_string(number) : found->second;
}

// A log of an older minor version has no watches.
void read_watches(const LogFile& log, ProbeTable& table) {
  if (!has_table(log.database(), "trace_watch")) return;
  Statement row(log.database(), "SELECT watch_id, address, kind FROM trace_watch WHERE image_id = ? ORDER BY watch_id");
  row.bind(1, std::int64_t{raw(table.image)});
  while (row.step()) {
    if (table.watches.empty()) table.first_watch = WatchId{static_cast<std::uint32_t>(row.integer(0))};
    table.watches.push_back(
        {ImageAddress{static_cast<std::uint64_t>(row.integer(1))}, static_cast<WatchKind>(row.integer(2))});
  }
}

void read_counted(const LogFile& log, ProbeTable& table) {
  if (!has_table(log.database(), "trace_line_count")) return;
  Statement row(log.database(),
                "SELECT DISTINCT p.address FROM trace_line_count c JOIN trace_probe p ON p.probe_id = c.probe_id "
                "WHERE c.image_id = ? ORDER BY p.probe_id");
  row.bind(1, std::int64_t{raw(table.image)});
  while (row.step()) table.counted.push_back(ImageAddress{static_cast<std::uint64_t>(row.integer(0))});
}

void read_flagged(const LogFile& log, ProbeTable& table) {
  if (!has_column(log, "trace_probe", "flagged")) return;
  Statement row(log.database(), "SELECT address FROM trace_probe WHERE image_id = ? AND flagged = 1 ORDER BY probe_id");
  row.bind(1, std::int64_t{raw(table.image)});
  while (row.step()) table.flagged.push_back(ImageAddress{static_cast<std::uint64_t>(row.integer(0))});
}

void read_traces(const LogFile& log, ProbeTable& table) {
  if (!has_column(log, "trace_image", "traces")) return;
  Statement row(log.database(), "SELECT traces FROM trace_image WHERE image_id = ?");
  row.bind(1, std::int64_t{raw(table.image)});
  table.traces = row.step() && row.integer(0) != 0;
}

}  // namespace

bool has_column(const LogFile& log, const std::string& table, const std::string& column) {
  Statement row(log.database(), "SELECT 1 FROM pragma_table_info(?) WHERE name = ?");
  return row.bind(1, table).bind(2, column).step();
}

Names::Names(const LogFile& log)
    : signals_(read_names(log, "SELECT signal, name FROM trace_signal_name")),
      errors_(read_names(log, "SELECT error, name FROM trace_error_name")) {}

std::string Names::signal(int number) const { return name_in(signals_, number, "signal "); }

std::string Names::error(int number) const { return name_in(errors_, number, "errno "); }

std::optional<int> Names::signal_number(const std::string& text) const {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  const std::string name = upper(text);
  for (const auto& [signal, known] : signals_)
    if (known == name || known == "SIG" + name) return signal;
  return std::nullopt;
}

std::shared_ptr<const ProbeTable> probe_table(const LogFile& log, ImageId image) {
  Statement header(log.database(), "SELECT first_probe, probes FROM trace_image WHERE image_id = ?");
  header.bind(1, std::int64_t{raw(image)});
  if (!header.step()) return nullptr;
  const std::int64_t first = header.integer(0), count = header.integer(1);
  auto table = std::make_shared<ProbeTable>();
  table->image = image;
  table->first = ProbeId{static_cast<std::uint32_t>(first)};
  Statement row(log.database(),
                "SELECT probe_id, image_id, address, original FROM trace_probe WHERE probe_id >= ? "
                "ORDER BY probe_id");
  row.bind(1, first);
  constexpr std::int64_t kInt3 = 0xcc;
  bool sound = count >= 0;
  for (std::int64_t i = 0; i < count && sound; ++i) {
    sound = row.step() && row.integer(0) == first + i && row.integer(1) == std::int64_t{raw(image)};
    if (!sound) break;
    const auto address = ImageAddress{static_cast<std::uint64_t>(row.integer(2))};
    sound = table->addresses.empty() || raw(table->addresses.back()) < raw(address);
    table->addresses.push_back(address);
    if (row.integer(3) == kInt3) table->own_int3.push_back(address);
  }
  if (!sound)
    throw FileError(log.path(), "has probes of image " + std::to_string(raw(image)) +
                                    " that differ from trace_image; the log was changed or is damaged");
  read_watches(log, *table);
  read_counted(log, *table);
  read_flagged(log, *table);
  read_traces(log, *table);
  return table;
}

std::vector<DiagnosticRecord> diagnostics_of(const LogFile& log) {
  Statement row(log.database(),
                "SELECT time_ns, severity, key, message, remedy FROM trace_diagnostic ORDER BY "
                "time_ns, rowid");
  std::vector<DiagnosticRecord> all;
  while (row.step()) all.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4)});
  return all;
}

std::unordered_map<std::uint32_t, std::uint32_t> task_processes(const LogFile& log) {
  Statement row(log.database(), "SELECT utid, upid FROM trace_birth ORDER BY seq, rowid");
  std::unordered_map<std::uint32_t, std::uint32_t> processes, joined;
  while (row.step()) {  // a task that was taken for a process may turn out to be a thread of another
    const auto upid = static_cast<std::uint32_t>(row.integer(1));
    const auto [at, fresh] = processes.emplace(static_cast<std::uint32_t>(row.integer(0)), upid);
    if (!fresh && at->second != upid) joined[at->second] = upid;
  }
  for (auto& [utid, upid] : processes)
    if (const auto at = joined.find(upid); at != joined.end()) upid = at->second;
  return processes;
}

}  // namespace recount
