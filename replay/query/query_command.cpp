// query: any question in SQL, or one that has a name.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "replay/command/command.hpp"
#include "replay/log/merge.hpp"
#include "replay/query/lists.hpp"
#include "replay/query/named_queries.hpp"
#include "replay/query/nearest.hpp"
#include "replay/query/query_session.hpp"
#include "replay/query/row_writer.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

std::string bytes_of(std::istream& in, const std::string& name) {
  std::string text(QuerySession::kStatementMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) throw FileError(name, "cannot be read; name the file of a statement");
  if (text.size() > QuerySession::kStatementMax) throw FileError(name, "is larger than 1 MiB, that is no statement");
  return text;
}

std::string statement_in(const std::string& path) {
  if (path == "-") return bytes_of(std::cin, "standard input");
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    throw FileError(path, "cannot be read; name the file of a statement");
  return bytes_of(file, path);
}

// A statement as it stands on the command line: SQL, or @ and the name of one.
std::string statement_of(const std::string& word) { return word.starts_with('@') ? named_statement(word) : word; }

struct Question {
  std::vector<std::string> logs;
  std::string statement;
};

Question question_of(const LogsRequest& request) {
  if (request.options.count("file")) return {request.paths, statement_in(request.options.text("file"))};
  Question question{request.paths, {}};
  if (question.logs.size() < 2) throw UsageError("name a log and, after it, a statement or @NAME");
  const std::string word = question.logs.back();
  std::error_code ignored;
  if (std::filesystem::exists(word, ignored))
    throw UsageError(word + " is a file; the statement comes last, or from a file with -f");
  question.logs.pop_back();
  question.statement = statement_of(word);
  return question;
}

void list_json(std::ostream& out) {
  Json json = Json::array();
  for (const NamedQuery& query : named_queries())
    json.push_back({{"name", query.name}, {"sentence", query.sentence()}, {"sql", query.sql}});
  write_json(out, json);
}

int list_queries(const LogsRequest& request) {
  if (request.format != "text" && request.format != "json") throw UsageError("the list is written as text or json");
  Output output(request.output);
  request.format == "json" ? list_json(output.stream()) : write_query_list(output.stream());
  output.commit();
  return kYes;
}

}  // namespace

std::string named_statement(const std::string& word) {
  if (const NamedQuery* query = find_query(word.substr(1))) return std::string(query->sql);
  std::vector<std::string> names;
  for (const NamedQuery& query : named_queries()) names.push_back("@" + std::string(query.name));
  throw UsageError("there is no query " + word + did_you_mean(nearest(word, names)) + "; query --list names them all");
}

void write_query_list(std::ostream& out) {
  std::size_t width = 0;
  for (const NamedQuery& query : named_queries()) width = std::max(width, query.name.size());
  for (const NamedQuery& query : named_queries())
    out << '@' << query.name << std::string(width + 2 - query.name.size(), ' ') << query.sentence() << '\n';
}

FormatNames query_formats() {
  return {{"text", "a table for people; a NULL is empty"},
          {"json", "an array with an object for each row"},
          {"jsonl", "one object a line"},
          {"csv", "one row a line, after a line of names; a NULL is empty"},
          {"markdown", "a table for a job's summary or a comment"}};
}

void add_query_options(OptionTable& options) {
  options.add_options()("f,file", "take the statement from FILE, - for standard input", text_value(), "FILE")(
      "ctest", "LIST is a file with the output of ctest --show-only=json-v1: names for the views of tests",
      text_value(), "LIST")("list", "list the queries that have a name, and the question of each");
}

int run_query(const LogsRequest& request) {
  if (request.options.count("list")) return list_queries(request);
  const Question question = question_of(request);
  if (question.logs.empty()) throw UsageError("no log is named");
  const LogFile log = question.logs.size() == 1 ? LogFile(question.logs[0]) : merged(question.logs);
  try {
    QuerySession session(log, tests_option(request.options));
    Rows rows = session.select(question.statement);
    Output output(request.output);
    write_rows(*make_row_writer(request.format, output.stream()), rows);
    output.commit();
  } catch (const SqliteError& error) {
    throw FileError(log.path(), explain(error));
  }
  return kYes;
}

}  // namespace recount
