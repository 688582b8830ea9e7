// Data among the code of assemblers that give it line rows: NASM and YASM do, GNU as does not. No int3 may stand there.
//
// In the assembler texts, "# code" marks the lines that are code for sure, "# data" those that are data, and "# lost" those that are
// code, which nothing proves. All of them have a row.
#include <initializer_list>
#include <sstream>
#include <string>
#include <utility>

#include "tests/support/catch.hpp"
#include "tests/support/image_folder.hpp"

namespace recount::test {
namespace {

const std::string kAssembler = "0x8001";

// The unit of an assembler, as NASM writes it: no functions, and a row for whatever has a size.
std::string unit(const std::string& folder, const std::string& producer, const std::string& language) {
  return ".Lend:\n.section .debug_line,\"\",@progbits\n.Llines:\n"
         ".section .debug_abbrev,\"\",@progbits\n.Labbrev:\n"
         ".uleb128 1, 0x11\n.byte 0\n"  // DW_TAG_compile_unit
         ".uleb128 0x10, 0x17, 0x11, 0x1, 0x12, 0x1, 0x03, 0x8, 0x1b, 0x8, 0x25, 0x8, 0x13, 0x5, 0, 0\n.byte 0\n"
         ".section .debug_info,\"\",@progbits\n"
         ".long .Linfo_end - .Linfo\n.Linfo: .value 4\n.long .Labbrev\n.byte 8\n"
         ".uleb128 1\n.long .Llines\n.quad .Lstart, .Lend\n"
         ".asciz \"src/t.asm\"\n.asciz \"" +
         folder + "\"\n.asciz \"" + producer + "\"\n.value " + language + "\n.Linfo_end:\n";
}

std::string with_rows(const std::string& source) {
  std::string text = ".text\n.Lstart:\n.loc_mark_labels 1\n.file 1 \"src/t.asm\"\n";
  std::istringstream in(source);
  std::string line;
  for (unsigned number = 1; std::getline(in, line); ++number) {
    const std::string place = std::to_string(number);
    if (line.find("# ") != std::string::npos) text += ".loc 1 " + place + "\nrow" + place + ":\n";
    text += line + '\n';
  }
  return text;
}

std::string lines(std::initializer_list<const char*> all) {
  std::string text;
  for (const char* const line : all) text += std::string(line) + '\n';
  return text;
}

Lines with_mark(const std::string& source, const std::string& mark) {
  Lines found;
  std::istringstream in(source);
  std::string text;
  for (unsigned line = 1; std::getline(in, text); ++line)
    if (text.find("# " + mark) != std::string::npos) found.insert(line);
  return found;
}

Image assembled(const std::string& source, const std::string& producer, const std::string& language) {
  const Folder folder;
  folder.write("src/t.s", with_rows(source) + unit((folder / "").string(), producer, language));
  folder.cc("src/t.s -g0 -shared -nostdlib -Wl,-z,notext -o program");
  return folder.read();
}

void check_code_alone(const std::string& source) {
  const Image image = assembled(source, "NASM 2.16.01", kAssembler);
  CHECK(image.reason == "");
  CHECK(lines_of(image) == with_mark(source, "code"));
  check_promises(image);
}

const std::string kCaller = ".globl start\n.type start, @function\nstart: call *%rdi  # code\n call f  # code\n";

TEST_CASE("data behind a return has no probe, in any unit that may have rows for data") {
  const std::string source =
      kCaller + lines({"f: lea table(%rip), %rax  # code", " cmp $3, %edi  # code", " ja 1f  # code",
                       " mov (%rax,%rdi,4), %eax  # code", " ret  # code", "1: mov $-1, %eax  # code", " ret  # code",
                       "table: .long 10  # data", " .long 20  # data", " .ascii \"data in text\"  # data",
                       "g: lea table(%rip), %rax  # lost", " ret  # lost"});
  check_code_alone(source);
  const auto [producer, language] = GENERATE(std::pair<std::string, std::string>("yasm 1.3.0", kAssembler),
                                             std::pair<std::string, std::string>("another 1.0", kAssembler),
                                             std::pair<std::string, std::string>("a compiler", "0xc"));
  const Image image = assembled(source, producer, language);
  CHECK(lines_of(image) == with_mark(source, "code"));
  CHECK(image.gap.starts_with("5 lines of its sources may be data, and are left out"));
  CHECK(image.gap_remedy.find("global NAME:function") != std::string::npos);
}

TEST_CASE("rows of GNU as are those of instructions, reached or not") {
  const std::string source = kCaller + lines({"f: ret  # code", "g: nop  # code", " ret  # code"});
  const Image image = assembled(source, "GNU AS 2.40", kAssembler);
  CHECK(lines_of(image) == with_mark(source, "code"));
  CHECK(image.gap == "");
}

TEST_CASE("symbols of functions prove the code of a compiler that is not known") {
  const std::string source =
      kCaller + lines({"f: ret  # code", " ret  # code", ".type f, @function", ".size f, .-f", "g: ret # lost"});
  CHECK(lines_of(assembled(source, "a compiler", "0xc")) == with_mark(source, "code"));
}

TEST_CASE("a function's symbol proves its code where nothing calls it, and an object's that there is none") {
  check_code_alone(kCaller + lines({"f: ret  # code", ".type g, @function", "g: nop  # code", " jmp h  # code",
                                    ".type object, @object", "object: nop  # data", "h: nop  # code",
                                    ".type other, @object", "other: nop  # data"}));
}

TEST_CASE("what only a computed jump reaches is not proved") {
  check_code_alone(kCaller +
                   lines({"f: lea table(%rip), %rax  # code", " movslq (%rax,%rdi,4), %rcx  # code",
                          " add %rax, %rcx  # code", " jmp *%rcx  # code", "table: .long 1f-table, 2f-table  # data",
                          "1: mov $100, %eax  # lost", " ret  # lost", "2: ret  # lost"}));
}

TEST_CASE("data may stand behind a system call that ends the process") {
  const std::string exits = GENERATE("mov $60, %eax", "mov $231, %rax", "push $60\n pop %rax",
                                     "xor %eax, %eax\n mov $60, %al", "mov 8(%rsp), %rax");
  INFO(exits);
  check_code_alone(kCaller + lines({"f: mov $1, %eax  # code", " syscall  # code", " nop  # code"}) + exits +
                   lines({"", " xor %edi, %edi  # code", " syscall  # code", " .ascii \"Hello\"  # data"}));
}

TEST_CASE("data may stand behind a call that takes its return address, or that does not return") {
  check_code_alone(kCaller +
                   lines({"f: call 1f  # code", " .asciz \"a string\"  # data", "1: pop %rsi  # code",
                          " call leave  # code", " .long 1  # data", "leave: nop  # code", " call last  # code",
                          " .long 2  # data", "last: mov $60, %eax  # code", " syscall  # code", " .long 3  # data"}));
}

TEST_CASE("data may stand behind a call of exit") {
  const std::string call = GENERATE("call exit@PLT", "call *exit@GOTPCREL(%rip)", "jmp *exit@GOTPCREL(%rip)");
  INFO(call);
  check_code_alone(kCaller + lines({"f: call getpid@PLT  # code", " call *getpid@GOTPCREL(%rip)  # code"}) + call +
                   lines({"  # code", " .long 3  # data"}));
}

TEST_CASE("what stands behind a recursive call is reached") {
  check_code_alone(kCaller + lines({"f: dec %edi  # code", " jz 1f  # code", " call g  # code", " nop  # code",
                                    "1: ret  # code", " .long 1  # data", "g: call f  # code", " jmp 2f  # code",
                                    " .long 2  # data", "2: loop 2b  # code", " ret  # code"}));
}

}  // namespace
}  // namespace recount::test
