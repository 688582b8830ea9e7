#include "tests/support/simulated_plan.hpp"

namespace recount::simulated {
namespace {

constexpr std::array<int, kDeeds> kUsual{60, 8, 4, 1, 1, 1, 1, 8, 1, 5, 2, 1, 6, 3, 2, 1, 2, 2, 3, 3, 0};

int& weight(Plan& plan, Deed deed) { return plan.weights[static_cast<std::size_t>(deed)]; }

constexpr std::uint64_t kLibrary = 0x800;  // below all lines

Image make_image(Random& random, std::uint32_t id, std::uint32_t first_probe, std::uint32_t first_watch) {
  Image image;
  image.table = std::make_shared<ProbeTable>();
  image.table->image = ImageId{id};
  image.table->first = ProbeId{first_probe};
  image.table->first_watch = WatchId{first_watch};
  if (random.chance(60))
    image.table->watches = {{ImageAddress{kLibrary}, WatchKind::sigaction},
                            {ImageAddress{kLibrary + 0x10}, WatchKind::sigmask}};
  const bool probes = id == 1 || random.chance(70);
  const int own_percent = random.chance(30) ? 15 : 0;
  std::uint64_t address = 0x1000;
  for (int line = random.between(2, 12); line > 0; --line) {
    const ImageAddress at{address};
    const bool has_probe = probes && random.chance(75);
    const bool own_int3 = random.chance(own_percent);
    image.lines.push_back(at);
    image.has_probe.push_back(has_probe);
    image.own_int3.push_back(own_int3);
    if (has_probe) image.table->addresses.push_back(at);
    if (has_probe && own_int3) image.table->own_int3.push_back(at);
    // One byte to the next line, often: an int3's pc is then the next line's address.
    address += random.chance(40) ? 1 : 1 + random.below(30);
  }
  return image;
}

}  // namespace

std::optional<ImageAddress> Image::watch_of(WatchKind kind) const {
  for (const Watch& watch : table->watches)
    if (watch.kind == kind) return watch.address;
  return std::nullopt;
}

Plan::Plan(std::uint64_t seed) {
  Random random(seed);
  make_images(random);
  choose_weights(random);
  choose_trouble(random);
  choose_counting(Random(seed + 0x636f756e74));   // of its own: the seeds that count nothing are as they were
  choose_flags(Random(seed + 0x666c6167));        // likewise
  choose_tracing(Random(seed + 0x7472616365));    // likewise
  choose_detours(Random(seed + 0x6465746f7572));  // likewise
  choose_hiding(Random(seed + 0x68696465));       // likewise
}

void Plan::make_images(Random& random) {
  std::uint32_t first = 1, first_watch = 1;
  for (std::uint32_t id = 1, last = static_cast<std::uint32_t>(random.between(1, 4)); id <= last; ++id) {
    images.push_back(make_image(random, id, first, first_watch));
    first += static_cast<std::uint32_t>(images.back().table->addresses.size());
    first_watch += static_cast<std::uint32_t>(images.back().table->watches.size());
  }
}

void Plan::choose_counting(Random random) {
  const bool counts = random.chance(30);
  for (Image& image : images) {
    for (std::size_t line = 0; line < image.lines.size(); ++line) {
      const bool counted = counts && image.has_probe[line] && random.chance(60);
      image.counted.push_back(counted && !image.own_int3[line]);
      if (counted) image.table->counted.push_back(image.lines[line]);
    }
  }
  if (!counts) return;
  if (random.chance(40)) rules.count_limit = static_cast<std::uint64_t>(random.between(1, 4));
  if (random.chance(30)) emulate_fails_percent = random.between(1, 30);
}

void Plan::choose_flags(Random random) {
  const bool flags = rules.scope == Scope::process && random.chance(50);
  const bool counts = !images.front().table->counted.empty();
  for (Image& image : images)
    for (std::size_t line = 0; line < image.lines.size(); ++line) {
      const bool may = counts ? image.counted[line] : image.has_probe[line] && !image.own_int3[line];
      const bool flagged = flags && may && random.chance(60);
      image.flagged.push_back(flagged);
      if (flagged) image.table->flagged.push_back(image.lines[line]);
    }
  if (flags && random.chance(30)) annex_fails_percent = random.between(5, 60);
}

void Plan::choose_tracing(Random random) {
  if (!random.chance(30)) return;
  weight(*this, Deed::trace) = random.between(1, 10);
  for (const Image& image : images) {
    ProbeTable& table = *image.table;
    table.traces = random.chance(50);
    if (!table.watches.empty()) table.watches.push_back({ImageAddress{kLibrary + 0x20}, WatchKind::ptrace});
  }
  number_watches();
}

// A process that hides its memory can't be attached to by whom that keeps out.
void Plan::choose_hiding(Random random) {
  if (attaches || !random.chance(15)) return;
  hides_percent = random.between(20, 80);
  if (random.chance(30)) reveal_fails_percent = random.between(5, 60);
}

void Plan::choose_detours(Random random) {
  if (!random.chance(60)) return;
  for (const Image& image : images) {
    if (image.table->watches.empty() || !random.chance(70)) continue;
    auto& watches = image.table->watches;
    watches.erase(watches.begin(), watches.begin() + 2);
    watches.insert(watches.end(), {{ImageAddress{kLibrary + 0x30}, WatchKind::sigaction_clear},
                                   {ImageAddress{kLibrary + 0x38}, WatchKind::sigaction_block},
                                   {ImageAddress{kLibrary + 0x40}, WatchKind::sigmask_block},
                                   {ImageAddress{kLibrary + 0x48}, WatchKind::sigmask_clear}});
  }
  number_watches();
}

void Plan::number_watches() {
  std::uint32_t first = 1;
  for (const Image& image : images) {
    image.table->first_watch = WatchId{first};
    first += static_cast<std::uint32_t>(image.table->watches.size());
  }
}

void Plan::choose_weights(Random& random) {
  weights = kUsual;
  switch (random.below(9)) {  // what this seed has more of
    case 0: weight(*this, Deed::fork) = 40; break;
    case 1: weight(*this, Deed::thread) = 40; break;
    case 2:
      weight(*this, Deed::vfork) = 25;
      weight(*this, Deed::exec) = 20;
      break;
    case 3:
      weight(*this, Deed::kill) = 20;
      weight(*this, Deed::raise) = 20;
      break;
    case 4:
      weight(*this, Deed::thread) = 25;
      weight(*this, Deed::exec) = 15;
      break;
    case 5:
      weight(*this, Deed::stop) = 12;
      weight(*this, Deed::resume) = 12;
      weight(*this, Deed::thread) = 15;
      break;
    case 6:
      for (const Deed deed : {Deed::fork_shared, Deed::clone_shared, Deed::vfork_copied, Deed::clone_copied})
        weight(*this, deed) = 12;
      break;
    case 7:
      weight(*this, Deed::mask) = 20;
      weight(*this, Deed::dispose) = 20;
      weight(*this, Deed::raise) = 10;
      break;
    default: break;
  }
  deeds_max = random.between(2, random.chance(30) ? 80 : 25);
  tasks_max = random.between(1, 32);
  pids = tasks_max + random.between(2, 20);
  report_percent = random.between(5, 95);
}

void Plan::choose_trouble(Random& random) {
  if (random.chance(30)) kill_permille = random.between(1, 40);
  if (random.chance(30)) outside_permille = random.between(1, 20);
  if (random.chance(15)) disk_full_permille = random.between(1, 20);
  if (random.chance(40)) timer_permille = random.between(1, 60);
  if (random.chance(20)) rules.timeout_ns = 1'000'000'000;
  rules.wait_root = random.chance(15);
  if (random.chance(10)) plant_fails_percent = random.between(5, 60);
  if (random.chance(10)) inject_fails_percent = random.between(5, 60);
  other_children = random.chance(10);
  seize_fails = random.permille(5);
  root_exec_fails = random.permille(10);
  late_claims = random.chance(10);
  if (random.chance(20)) random.pick(images).no_follow = true;
  if (random.chance(50)) rules.scope = random.chance(50) ? Scope::run : Scope::fork;
  attaches = random.chance(20);
  if (attaches) rules.plants = random.chance(85);
  attaches_tree = attaches && random.chance(60);
}

}  // namespace recount::simulated
