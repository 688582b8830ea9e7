// Proves that a 32-bit program runs as it does untraced, forks, and is followed: it has no probes,
// and the 64-bit program that it execs has them again.
//
// The program is written here, byte by byte: a file of one segment, for which no compiler and no
// library is needed.
#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>

#include "play.h"

enum { kBase = 0x08048000 };

typedef struct {
  Elf32_Ehdr header;
  Elf32_Phdr segment;
  unsigned char code[72];
  char text[8];
  char next[4096];
} __attribute__((packed)) Program;

// fork(); child: write(1, text, 8), exit(5); parent: waitpid(-1, 0, 0), execve(next, [next, 0], 0)
static const unsigned char kCode[] = {
    0x6a, 0x02, 0x58,                                // push 2; pop eax: fork
    0xcd, 0x80,                                      // int 0x80
    0x85, 0xc0,                                      // test eax, eax
    0x75, 0x1b,                                      // jnz parent
    0x6a, 0x04, 0x58,                                // push 4; pop eax: write
    0x6a, 0x01, 0x5b,                                // push 1; pop ebx
    0xb9, 0,    0,    0,    0,                       // mov ecx, text
    0x6a, 0x08, 0x5a,                                // push 8; pop edx
    0xcd, 0x80,                                      // int 0x80
    0x6a, 0x01, 0x58,                                // push 1; pop eax: exit
    0x6a, 0x05, 0x5b,                                // push 5; pop ebx
    0xcd, 0x80,                                      // int 0x80
    0x90, 0x90, 0x90,                                // nop
    0x6a, 0x07, 0x58,                                // parent: push 7; pop eax: waitpid
    0x6a, 0xff, 0x5b,                                // push -1; pop ebx
    0x31, 0xc9, 0x31, 0xd2,                          // xor ecx, ecx; xor edx, edx
    0xcd, 0x80,                                      // int 0x80
    0x31, 0xd2, 0x52,                                // xor edx, edx; push edx
    0xbb, 0,    0,    0,    0,                       // mov ebx, next
    0x53, 0x89, 0xe1,                                // push ebx; mov ecx, esp
    0x6a, 0x0b, 0x58,                                // push 11; pop eax: execve
    0xcd, 0x80,                                      // int 0x80
};
enum { kTextOperand = 16, kNextOperand = 52 };

static void put(unsigned char* at, size_t member) {
  unsigned address = kBase + (unsigned)member;
  memcpy(at, &address, sizeof address);
}

static void fill(Program* program) {
  memset(program, 0, sizeof *program);
  const unsigned char ident[] = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT};
  memcpy(program->header.e_ident, ident, sizeof ident);
  program->header.e_type = ET_EXEC;
  program->header.e_machine = EM_386;
  program->header.e_version = EV_CURRENT;
  program->header.e_entry = kBase + offsetof(Program, code);
  program->header.e_phoff = offsetof(Program, segment);
  program->header.e_ehsize = sizeof program->header;
  program->header.e_phentsize = sizeof program->segment;
  program->header.e_phnum = 1;
  program->segment.p_type = PT_LOAD;
  program->segment.p_vaddr = kBase;
  program->segment.p_filesz = program->segment.p_memsz = sizeof *program;
  program->segment.p_flags = PF_R | PF_X;
  program->segment.p_align = 4096;
  memcpy(program->code, kCode, sizeof kCode);
  put(program->code + kTextOperand, offsetof(Program, text));
  put(program->code + kNextOperand, offsetof(Program, next));
  memcpy(program->text, "32 bits\n", sizeof program->text);
  if (readlink("/proc/self/exe", program->next, sizeof program->next - 1) < 0) exit(1);
}

// A file that is open for writing can not be run.
static void write_program(char* path) {
  static Program program;
  fill(&program);                                       // hits 1
  int file = mkostemp(path, O_CLOEXEC);                 // hits 1
  if (write(file, &program, sizeof program) != sizeof program) exit(1);
  fchmod(file, 0700);                                   // hits 1
  close(file);                                          // hits 1
}

int main(int argc, char** argv) {
  (void)argc;
  if (environ == NULL || environ[0] == NULL) {          // hits 2
    say("64 bits again\n");                             // hits 1
    return 15;                                          // hits 1
  }
  char path[] = "/tmp/recount-XXXXXX";                  // hits 1
  write_program(path);                                  // hits 1
  pid_t child = fork();
  if (child == 0) {
    execl(path, argv[0], (char*)NULL);                  // hits 1
    _exit(errno == ENOEXEC ? 126 : 127);                // hits 0
  }
  int status = reap(child);                             // hits 1
  unlink(path);                                         // hits 1
  if (status == 126 << 8) skip("this kernel runs no 32-bit programs");
  tell_end("32-bit program", status);                   // hits 1
  return 0;                                             // hits 1
}
