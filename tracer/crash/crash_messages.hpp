// What the recorder asks the process that walks stacks, and what that answers (crash_server.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tracer/crash/crash.hpp"

namespace recount {

// By the numbers of DWARF on x86-64 (System V psABI, figure 3.36): rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp, r8 to r15, pc.
struct StackRegisters {
  static constexpr std::size_t kCount = 17, kRsp = 7, kPc = 16;
  std::vector<std::uint64_t> values;  // kCount, or kRsp's and kPc's alone are known
  bool all_known = true;
};

struct CrashRequest {
  std::int32_t tid = 0;  // of the thread that the signal is for
  std::int32_t signal = 0;
  StackRegisters registers;
  std::string maps;                             // /proc/TID/maps
  std::vector<std::int32_t> other_tids;         // threads of the same process,
  std::vector<StackRegisters> other_registers;  // and where they are: side by side
};

// One part of the answer. Frames replace what an earlier part said of the same thread.
struct CrashPart {
  std::int32_t tid = 0;  // 0: of no thread
  std::vector<CrashFrame> frames;
  std::vector<CrashImage> images;
  std::string words;
};

template <typename Archive>
void each_member(Archive& archive, StackRegisters& registers) {
  auto& [values, all_known] = registers;
  archive(values, all_known);
}
template <typename Archive>
void each_member(Archive& archive, CrashRequest& request) {
  auto& [tid, signal, registers, maps, other_tids, other_registers] = request;
  archive(tid, signal, registers, maps, other_tids, other_registers);
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
  auto& [tid, frames, images, words] = part;
  archive(tid, frames, images, words);
}

}  // namespace recount
