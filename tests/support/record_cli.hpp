// recount-record as its users meet it: a command line, and what comes of it.
//
//   const TemporaryFolder folder;
//   const Ending ending = record_in(folder, {"-o", "run.db", "--", "true"});
//   check_sealed(folder.file("run.db"));
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

Words operator+(Words words, const Words& more);

std::string built_program(const std::string& name);  // the path of a program in its debug build

Words recorder(const Words& arguments);  // the command line
Words as_user(unsigned id);              // what root puts before a command
Words in_folder(const std::string& folder, const Words& command);
Ending record(const Words& arguments);
Ending record_in(const TemporaryFolder& folder, const Words& arguments);

std::string contents_of(const fs::path& path);
void write(const fs::path& path, const std::string& text, mode_t mode = 0644);
std::map<std::string, std::string> all_files(const fs::path& folder);  // and what is in them

Words lines_of(const std::string& text);
std::string last_line(const std::string& text);

// The recorder said one line, which names the thing.
void check_one_line(const std::string& errors, const std::string& named);

// Refused with this status and one line that names the thing; nothing is made, changed or left.
void check_refused(const TemporaryFolder& folder, const Words& arguments, int status, const std::string& named);

// The log is whole and decided as the machine decides.
void check_sealed(const std::string& log);

}  // namespace recount::test
