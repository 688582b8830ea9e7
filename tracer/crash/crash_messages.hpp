// What the recorder asks the process that walks stacks, and what that answers (crash_server.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tracer/crash/crash.hpp"

namespace recount {

// By the numbers of DWARF on x86-64 (System V psABI, figure 3.36): rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp, r8 to r15, pc; on i386 (its
// psABI, table 2.14): eax, ecx, edx, ebx, esp, ebp, esi, edi, pc.
struct StackRegisters {
  static constexpr std::size_t kCount = 17, kCountOf32Bits = 9;
  std::vector<std::uint64_t> values;  // one of the counts, or the stack pointer and the pc alone are known
  bool all_known = true;

  bool is_narrow() const { return values.size() == kCountOf32Bits; }
  std::size_t word() const { return is_narrow() ? 4 : 8; }  // its bytes
  std::size_t sp_number() const { return is_narrow() ? 4 : 7; }
  std::size_t pc_number() const { return is_narrow() ? 8 : 16; }
  std::uint64_t& sp() { return values[sp_number()]; }
  std::uint64_t& pc() { return values[pc_number()]; }
  std::uint64_t sp() const { return values[sp_number()]; }
  std::uint64_t pc() const { return values[pc_number()]; }
};

struct CrashRequest {
  std::uint64_t number = 0;  // of the crash: what names its frames says it again
  std::int32_t tid = 0;      // of the thread that the signal is for
  std::int32_t signal = 0;
  StackRegisters registers;
  std::string maps;                             // /proc/TID/maps
  std::vector<std::int32_t> other_tids;         // threads of the same process,
  std::vector<StackRegisters> other_registers;  // and where they are: side by side
};

// Whether lines and inlined functions come later.
enum class Naming : std::uint8_t {
  asked_for,
  too_many,  // are waiting for that
  by_nobody,
};

// One part of the answer. Frames replace what an earlier part said of the same thread.
struct CrashPart {
  std::uint64_t crash = 0;  // its number
  std::int32_t tid = 0;     // 0: of no thread
  std::vector<CrashFrame> frames;
  std::vector<CrashImage> images;
  std::string words;
  Naming naming = Naming::asked_for;  // of the last part of a walk
  std::string reason;                 // what is missing, and why
};

// What the process that walks asks the one that names for: the same frames with functions and lines, inlined functions included.
struct FrameToName {
  CrashFrame bare;
  std::uint64_t file = 0;  // that its offset is in; 0: none that could be opened
  bool is_return = false;  // its address is the one behind a call
};
struct ThreadToName {
  std::int32_t tid = 0;
  std::vector<FrameToName> frames;
};
// A regular file that is open: what tells whether it has been written since.
struct FileState {
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;
  static FileState of(int file);
  bool operator==(const FileState&) const = default;
  bool has_same_content(const FileState& other) const { return size == other.size && modified_ns == other.modified_ns; }
};
struct FileToName {
  std::uint64_t number = 0;
  std::string path;
  FileState state;  // when it was opened: one that was written since tells nothing of the process
};
struct NamesRequest {
  std::uint64_t crash = 0;  // its number
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;  // as whom debug files are opened (as_user.hpp)
  bool forgets = false;               // the files that were sent before,
  std::vector<std::uint64_t> gone;    // or only these
  std::vector<FileToName> files;      // each is sent behind the request, in this order
  std::vector<ThreadToName> threads;
};

template <typename Archive>
void each_member(Archive& archive, StackRegisters& registers) {
  auto& [values, all_known] = registers;
  archive(values, all_known);
}
template <typename Archive>
void each_member(Archive& archive, CrashRequest& request) {
  auto& [number, tid, signal, registers, maps, other_tids, other_registers] = request;
  archive(number, tid, signal, registers, maps, other_tids, other_registers);
}
template <typename Archive>
void each_member(Archive& archive, CrashFrame& frame) {
  auto& [address, inlined, image, offset, function, file, line] = frame;
  archive(address, inlined, image, offset, function, file, line);
}
template <typename Archive>
void each_member(Archive& archive, CrashImage& image) {
  auto& [path, build_id, start, end] = image;
  archive(path, build_id, start, end);
}
template <typename Archive>
void each_member(Archive& archive, CrashPart& part) {
  auto& [crash, tid, frames, images, words, naming, reason] = part;
  archive(crash, tid, frames, images, words, naming, reason);
}
template <typename Archive>
void each_member(Archive& archive, FrameToName& frame) {
  auto& [bare, file, is_return] = frame;
  archive(bare, file, is_return);
}
template <typename Archive>
void each_member(Archive& archive, ThreadToName& thread) {
  auto& [tid, frames] = thread;
  archive(tid, frames);
}
template <typename Archive>
void each_member(Archive& archive, FileToName& file) {
  auto& [number, path, state] = file;
  archive(number, path, state.size, state.modified_ns, state.changed_ns);
}
template <typename Archive>
void each_member(Archive& archive, NamesRequest& request) {
  auto& [crash, uid, gid, groups, forgets, gone, files, threads] = request;
  archive(crash, uid, gid, groups, forgets, gone, files, threads);
}

}  // namespace recount
