// Proves that std::thread, futures and exceptions between threads work, with lines that several
// threads share.
#include <cstdio>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

std::mutex mutex;
int total = 0;

void add(int number) {
  std::lock_guard<std::mutex> lock(mutex);  // hits 1
  total += number;                          // hits 1
}

int half(int number) {
  if (number % 2 != 0) {                    // hits 1
    throw std::runtime_error("odd");        // hits 1
  }
  return number / 2;                        // hits 1
}

}  // namespace

int main() {
  std::vector<std::thread> threads;         // hits 1
  for (int i = 0; i < 12; i++) {            // hits 1
    threads.emplace_back([i] {              // hits 1
      for (int j = 0; j < 100; j++) {       // hits 1
        add(i);                             // hits 1
      }
    });
  }
  for (auto& thread : threads) {            // hits 1
    thread.join();                          // hits 1
  }
  std::printf("%d\n", total);               // hits 1
  std::vector<std::future<int>> halves;     // hits 1
  for (int i = 0; i < 6; i++) {             // hits 1
    halves.push_back(std::async(std::launch::async, half, i));  // hits 1
  }
  for (auto& future : halves) {             // hits 1
    try {
      std::printf("%d\n", future.get());    // hits 1
    } catch (const std::exception& error) {
      std::printf("%s\n", error.what());    // hits 1
    }
  }
  return 0;                                 // hits 1
}
