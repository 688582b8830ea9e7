// The two derivations of one log, side by side: the views inside the file and the JSON that
// recount-replay makes from its fold. The JSON uses the views' names, so a row of one is a row of
// the other; only nesting differs (a process has its threads and execs in it).
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"

namespace recount::test {
namespace {

using Json = nlohmann::json;
using Columns = std::vector<std::string>;

Json report(const std::string& command, const std::string& log) {
  const Ending ending = replay({command, "--format", "json", log});
  if (ending.status() != 0) {
    throw std::runtime_error(command + " --format json: " + ending.output + ending.errors);
  }
  return Json::parse(ending.output);
}

// As SQLite writes the same value; a fraction as printf('%.6f') does.
std::string fraction(const Json& value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6f", value.get<double>());
  return text;
}

std::string text_of(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

std::string listed(const Columns& columns) {
  std::string text;
  for (const auto& column : columns) {
    const bool is_fraction = column == "percent";
    text += (text.empty() ? "" : ", ") + (is_fraction ? "printf('%.6f', " + column + ")" : column);
  }
  return text;
}

// The order of rows and the spelling of JSON inside a column are nobody's promise.
std::vector<Row> rows_of_view(const std::string& log, const std::string& view, const Columns& columns) {
  auto rows = query(log, "SELECT " + listed(columns) + " FROM " + view);
  for (Row& row : rows) {
    for (std::size_t i = 0; i < columns.size(); i++) {
      if (columns[i] == "argv" && row[i] != "null") row[i] = Json::parse(row[i]).dump();
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<Row> rows_of_json(const std::vector<Json>& objects, const Columns& columns) {
  std::vector<Row> rows;
  for (const Json& object : objects) {
    Row row;
    for (const auto& column : columns)
      row.push_back(column == "percent" ? fraction(object.at(column)) : text_of(object.at(column)));
    rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::string text_of(const Row& row) {
  std::string text;
  for (const auto& value : row) text += (text.empty() ? "" : " | ") + value;
  return text;
}

void complain_of_excess(Complaints& complaints, const std::string& place, const std::vector<Row>& of,
                        const std::vector<Row>& over) {
  std::vector<Row> excess;
  std::set_difference(of.begin(), of.end(), over.begin(), over.end(), std::back_inserter(excess));
  for (const Row& row : excess) complaints.push_back(place + ": " + text_of(row));
}

class Comparison {
 public:
  explicit Comparison(const std::string& log) : log_(log) {}

  void equal(const std::string& view, const std::vector<Json>& objects, const Columns& columns) {
    const auto in_view = rows_of_view(log_, view, columns);
    const auto in_fold = rows_of_json(objects, columns);
    complain_of_excess(complaints_, "only in view " + view, in_view, in_fold);
    complain_of_excess(complaints_, "only in the fold, not in " + view, in_fold, in_view);
  }

  Complaints take() { return std::move(complaints_); }

 private:
  std::string log_;
  Complaints complaints_;
};

// The elements of one list inside each object, with what of the object itself is said in their
// rows.
std::vector<Json> inner(const Json& objects, const std::string& list, const std::string& key) {
  std::vector<Json> found;
  for (const Json& object : objects) {
    for (Json element : object.value(list, Json::array())) {  // branches are there if they were asked for
      element[key] = object.at(key);
      found.push_back(std::move(element));
    }
  }
  return found;
}

// Depth and upid of each process when every parent stands right before its children.
std::vector<Row> in_tree_order(const Json& processes) {
  std::map<Json, const Json*> by_upid;
  std::vector<std::pair<Json, int>> open;
  for (const Json& process : processes) {
    by_upid[process.at("upid")] = &process;
    if (process.at("parent_upid").is_null()) {
      open.insert(open.begin(), {process.at("upid"), 0});
    }
  }
  std::vector<Row> order;
  while (!open.empty()) {
    const auto [upid, depth] = open.back();
    open.pop_back();
    order.push_back({std::to_string(depth), upid.dump()});
    const Json& children = by_upid.at(upid)->at("children");
    for (auto child = children.rbegin(); child != children.rend(); ++child) {
      open.emplace_back(*child, depth + 1);
    }
  }
  return order;
}

void compare_tree(Comparison& comparison, const Json& tree) {
  const Json& processes = tree.at("processes");
  comparison.equal("run", {tree.at("run")},
                   {"run_uuid", "argv", "cwd", "start_unix_ns", "duration_ns", "status", "hostname", "kernel", "arch",
                    "tool_version", "schema_version"});
  comparison.equal("process", processes,
                   {"upid", "pid", "parent_upid", "created_by", "start_ns", "end_ns", "duration_ns", "exit_code",
                    "term_signal", "core_dumped", "user_us", "system_us", "max_rss_kib", "path", "argv"});
  comparison.equal("thread", inner(processes, "threads", "upid"), {"utid", "tid", "upid", "start_ns", "end_ns"});
  comparison.equal("exec", inner(processes, "execs", "upid"),
                   {"exec_id", "upid", "time_ns", "path", "argv", "cwd", "image_id"});
  comparison.equal(
      "(SELECT p.upid, COUNT(DISTINCT CASE WHEN h.address IS NULL THEN h.seq || ' ' || h.probe_id ELSE h.seq END) AS "
      "hits"
      " FROM process p LEFT JOIN hit h ON h.upid = p.upid GROUP BY p.upid)",
      processes, {"upid", "hits"});
}

void compare_coverage(Comparison& comparison, const Json& coverage) {
  const Json& files = coverage.at("files");
  comparison.equal("file_coverage", files, {"file", "lines", "lines_hit", "percent"});
  comparison.equal("line_coverage", inner(files, "line_coverage", "file"),
                   {"file", "line", "probes", "probes_hit", "hits", "processes", "first_seq"});
  comparison.equal("function_coverage", inner(files, "functions", "file"),
                   {"file", "function", "line", "hits", "linkage_name"});
  comparison.equal("branch", inner(files, "branch_coverage", "file"),
                   {"file", "line", "branch", "taken", "condition", "way", "to_line", "reached"});
}

}  // namespace

Complaints check_views_equal_replay(const std::string& log) {
  Comparison comparison(log);
  const Json tree = report("tree", log);
  compare_tree(comparison, tree);
  compare_coverage(comparison, report("coverage", log));
  Complaints complaints = comparison.take();
  if (query(log, "SELECT depth, upid FROM process_tree ORDER BY sort_key") != in_tree_order(tree.at("processes"))) {
    complaints.push_back("process_tree: not the order or the depths of the fold");
  }
  return complaints;
}

}  // namespace recount::test
