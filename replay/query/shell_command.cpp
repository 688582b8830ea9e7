// shell: a prompt for SQL. What the views have is derived at their first use, and kept as long as the shell lives.
#include <sqlite3.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "replay/command/command.hpp"
#include "replay/log/merge.hpp"
#include "replay/query/line_reader.hpp"
#include "replay/query/lists.hpp"
#include "replay/query/named_queries.hpp"
#include "replay/query/nearest.hpp"
#include "replay/query/query_session.hpp"
#include "replay/query/row_writer.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

constexpr const char* kPrompt = "recount> ";
constexpr const char* kMore = "    ...> ";
constexpr const char* kHelp =
    "SELECT ...;      any question to the views; it may have several lines, and ends with a semicolon\n"
    "@NAME            a question that has a name\n"
    ".tables          the views, and what each has\n"
    ".schema VIEW     the columns of a view, and an example\n"
    ".queries         the questions that have a name\n"
    ".mode [FORMAT]   how answers are written: text, json, jsonl, csv or markdown\n"
    ".help            this\n"
    ".quit            leave; so does Ctrl-D\n"
    "Ctrl-C ends a question that takes too long. The first one to a view takes longer than the next ones.\n";
const std::vector<std::string> kCommands{".help", ".mode", ".queries", ".quit", ".schema", ".tables"};
const std::vector<std::string> kWords{"SELECT",   "FROM",   "WHERE", "JOIN",     "LEFT JOIN", "ON",       "GROUP BY",
                                      "ORDER BY", "HAVING", "LIMIT", "WITH",     "AS",        "AND",      "OR",
                                      "NOT",      "NULL",   "LIKE",  "GLOB",     "IN",        "COUNT",    "SUM",
                                      "MAX",      "MIN",    "ROUND", "DISTINCT", "DESC",      "UNION ALL"};

std::string without_blanks(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

class Shell {
 public:
  Shell(const LogFile& log, QuerySession& session, const LogsRequest& request)
      : log_(log),
        session_(session),
        bail_(request.options.count("bail") != 0),
        mode_(request.format),
        output_(request.output),
        reader_(make_line_reader([this](auto line, auto word) { return words_for(line, word); })) {
    session_.end_when([this] { return reader_->interrupted(); });
  }
  ~Shell() { session_.end_when({}); }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  int run() {
    if (reader_->is_terminal()) greet();
    while (!left_) {
      const auto line = reader_->next(statement_.empty() ? kPrompt : kMore);
      if (!line) break;
      ++line_number_;
      *line == LineReader::kInterrupted ? statement_.clear() : take(*line);
    }
    if (!left_ && !reader_->is_terminal()) answer();  // the last one of a script may lack its semicolon
    output_.commit();
    return failed_ && !reader_->is_terminal() ? kTrouble : kYes;
  }

 private:
  void greet() {
    std::cout << "recount-replay " RECOUNT_VERSION ", " << visible(log_.path()) << "\n.help tells what can be asked.\n"
              << std::flush;
  }

  void take(const std::string& line) {
    const std::string word = without_blanks(line);
    if (word.empty() && statement_.empty()) return;
    reader_->remember(line);
    if (statement_.empty()) begins_at_ = line_number_;
    const bool is_whole_line = statement_.empty() && (word.starts_with('.') || word.starts_with('@'));
    if (is_whole_line) return guarded([&] { word.starts_with('.') ? command(word) : ask(named(word)); });
    if (statement_.size() + line.size() > QuerySession::kStatementMax) {
      statement_.clear();
      return guarded([] { throw UsageError("the statement is larger than 1 MiB"); });
    }
    statement_ += line + '\n';
    if (sqlite3_complete(statement_.c_str()) != 0) answer();
  }

  void answer() {
    const std::string statement = std::exchange(statement_, "");
    if (!session_.is_empty(statement)) guarded([&] { ask(statement); });
  }

  static std::string named(std::string word) {
    word.erase(word.find_last_not_of("; \t") + 1);
    return named_statement(word);
  }

  void ask(const std::string& statement) {
    session_.keep_views_of(statement);
    if (reader_->interrupted()) throw UsageError("interrupted");
    Rows rows = session_.select(statement);
    write_rows(*make_row_writer(mode_, output_.stream()), rows);
  }

  void command(const std::string& line) {
    std::istringstream words(line);
    std::string name, word;
    words >> name >> word;
    std::ostream& out = output_.stream();
    if (name == ".quit" || name == ".exit")
      left_ = true;
    else if (name == ".help")
      out << kHelp;
    else if (name == ".queries")
      write_query_list(out);
    else if (name == ".tables" || (name == ".schema" && word.empty()))
      write_view_list(out);
    else if (name == ".schema")
      write_view_manual(out, word);
    else if (name == ".mode")
      set_mode(word);
    else
      throw UsageError("there is no " + name + did_you_mean(nearest(name, kCommands)) + "; .help tells what there is");
  }

  void set_mode(const std::string& name) {
    if (name.empty()) {
      output_.stream() << mode_ << '\n';
      return;
    }
    for (const FormatName& format : query_formats())
      if (format.name == name) {
        mode_ = format.name;
        return;
      }
    throw UsageError("unknown format " + name + ", there is " + formats());
  }
  static std::string formats() {
    std::string names;
    for (const FormatName& format : query_formats()) names += (names.empty() ? "" : ", ") + std::string(format.name);
    return names;
  }

  // What is wrong with a statement ends that statement. What is wrong with the log ends the shell.
  template <typename Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (const UsageError& error) {
      failed_ = true;
      left_ = left_ || bail_;
      output_.stream().flush();
      const std::string where = reader_->is_terminal() ? (reader_->interrupted() ? "\n" : "")
                                                       : "recount-replay: line " + std::to_string(begins_at_) + ": ";
      std::cerr << where << visible(error.what()) << std::endl;
    }
    output_.stream().flush();
  }

  std::vector<std::string> words_for(std::string_view line, std::string_view word) {
    const bool is_first = statement_.empty() && line.find_first_not_of(" \t") == std::string_view::npos;
    if (is_first && word.starts_with('.')) return beginning(kCommands, word);
    if (is_first && word.starts_with('@')) {
      std::vector<std::string> names;
      for (const NamedQuery& query : named_queries()) names.push_back("@" + std::string(query.name));
      return beginning(names, word);
    }
    const std::size_t dot = word.rfind('.') + 1;  // behind the name of a table
    std::vector<std::string> found = beginning(dot == 0 ? all_names() : session_.column_names(), word.substr(dot));
    for (std::string& name : found) name.insert(0, word.substr(0, dot));
    return found;
  }

  std::vector<std::string> all_names() {
    std::vector<std::string> names = QuerySession::view_names();
    const std::vector<std::string> columns = session_.column_names();
    names.insert(names.end(), columns.begin(), columns.end());
    names.insert(names.end(), kWords.begin(), kWords.end());
    return names;
  }

  static std::vector<std::string> beginning(const std::vector<std::string>& names, std::string_view word) {
    std::vector<std::string> found;
    const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
    for (const std::string& name : names)
      if (name.size() >= word.size() && std::equal(word.begin(), word.end(), name.begin(), same)) found.push_back(name);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }

  const LogFile& log_;
  QuerySession& session_;
  bool bail_;
  std::string_view mode_;
  Output output_;
  std::unique_ptr<LineReader> reader_;
  std::string statement_;  // as far as it has come
  std::size_t line_number_ = 0, begins_at_ = 0;
  bool left_ = false, failed_ = false;
};

}  // namespace

void add_shell_options(OptionTable& options) {
  options.add_options()("bail", "of a script: end with the first statement that fails")(
      "ctest", "LIST is a file with the output of ctest --show-only=json-v1: names for the views of tests",
      text_value(), "LIST");
}

int run_shell(const LogsRequest& request) {
  const LogFile log = request.paths.size() == 1 ? LogFile(request.paths[0]) : merged(request.paths);
  try {
    QuerySession session(log, tests_option(request.options));
    return Shell(log, session, request).run();
  } catch (const SqliteError& error) {
    throw FileError(log.path(), explain(error));
  }
}

}  // namespace recount
