// The rules by which the machine decides, by name: what a step of it says of itself (Step::rules), in the order in which
// they were applied. They are for people; no decision depends on them, and the log does not have them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace recount {

enum class Rule : std::uint8_t {
  root_is_seized,
  root_runs,
  seize_failed,
  thread_is_seized,
  task_is_parked,
  process_is_surveyed,
  task_is_held,
  child_is_claimed,
  child_is_reclaimed,
  child_was_killed_unseen,
  held_task_is_answered,
  orphaned_birth_is_adopted,
  program_is_planted,
  program_is_not_followed,
  objects_are_followed,
  vfork_parent_goes_on,
  first_hit,
  late_hit,
  counted_hit,
  count_is_enough,
  own_int3,
  copied_text,
  watch_is_passed,
  watch_is_retired,
  trap_is_set_again,
  errand_goes_on,
  signal_is_delivered,
  dying_is_looked_at,
  killed_are_looked_at,
  fault_ends_init,
  call_is_restarted,
  group_stop_is_kept,
  pending_int3_comes_first,
  stop_is_answered,
  let_go,
  memory_is_bared,
  task_ended,
  root_ended,
  orphans_are_timed,
  nobody_is_left,
  all_are_lost,
  run_is_over,
  time_is_up,
  orphans_are_let_go,
  silent_leader_is_given_up,
  stop_is_shared,
  request_is_passed_on,
  request_is_the_programs,
  request_is_repeated,
  attachment_ends,
  second_request_kills,
  recording_has_failed,
};

struct RuleText {
  Rule rule;
  std::string_view name;
  std::string_view meaning;
};

inline constexpr std::array kRules{
    RuleText{Rule::root_is_seized, "root_is_seized", "the first task is seized before it runs anything"},
    RuleText{Rule::root_runs, "root_runs", "the root is traced, so it may start"},
    RuleText{Rule::seize_failed, "seize_failed", "the root, or a thread of it, cannot be traced"},
    RuleText{Rule::thread_is_seized, "thread_is_seized",
             "a thread of a process that runs already is seized and interrupted"},
    RuleText{Rule::task_is_parked, "task_is_parked",
             "a task stands still until all that may be in its memory are traced"},
    RuleText{Rule::process_is_surveyed, "process_is_surveyed",
             "of a process that runs already it is seen what its threads block, and then what runs in it"},
    RuleText{Rule::task_is_held, "task_is_held", "a task whose parent has not told of it waits for that, for a while"},
    RuleText{Rule::child_is_claimed, "child_is_claimed",
             "its parent tells whose child a task is, and what memory it has"},
    RuleText{Rule::child_is_reclaimed, "child_is_reclaimed", "a task that was adopted is told its parent at last"},
    RuleText{Rule::child_was_killed_unseen, "child_was_killed_unseen",
             "the child had gone before it could be asked, nobody will report under its number"},
    RuleText{Rule::held_task_is_answered, "held_task_is_answered",
             "what a task reported while it was held is answered now"},
    RuleText{Rule::orphaned_birth_is_adopted, "orphaned_birth_is_adopted",
             "nobody told of a task in time: it is taken for a child of a parent that was killed"},
    RuleText{Rule::program_is_planted, "program_is_planted",
             "a new program has no int3 of ours: what has probes or watches gets them"},
    RuleText{Rule::program_is_not_followed, "program_is_not_followed",
             "--no-follow names the program, so it is let go"},
    RuleText{Rule::objects_are_followed, "objects_are_followed",
             "the objects in a memory are what the loader has there now; new ones are planted"},
    RuleText{Rule::vfork_parent_goes_on, "vfork_parent_goes_on", "the vfork child has left its parent's memory"},
    RuleText{Rule::first_hit, "first_hit", "a planted probe is hit once and lifted, and its instruction is executed"},
    RuleText{Rule::late_hit, "late_hit",
             "an int3 of a probe that was lifted meanwhile is no hit; the byte is put back once more"},
    RuleText{Rule::counted_hit, "counted_hit", "a counted probe stays, and its instruction is done for the task"},
    RuleText{Rule::count_is_enough, "count_is_enough", "--count-limit: the probe was counted often enough, and leaves"},
    RuleText{Rule::own_int3, "own_int3", "the program has an int3 there itself, so the trap is its own as well"},
    RuleText{Rule::copied_text, "copied_text",
             "the program copied its text with an int3 of ours in it; the byte is put back in the copy"},
    RuleText{Rule::watch_is_passed, "watch_is_passed", "a watch stays, and what it displaces is done for the task"},
    RuleText{Rule::watch_is_retired, "watch_is_retired", "a watch that is met too often is taken out"},
    RuleText{Rule::trap_is_set_again, "trap_is_set_again",
             "an int3 changes a blocked or ignored SIGTRAP: it is set as the program had it"},
    RuleText{Rule::errand_goes_on, "errand_goes_on", "a task that sets SIGTRAP for us finishes that first"},
    RuleText{Rule::signal_is_delivered, "signal_is_delivered", "a signal that is not ours is delivered as it came"},
    RuleText{Rule::dying_is_looked_at, "dying_is_looked_at",
             "its stacks are read before the signal ends it, while its other threads are held"},
    RuleText{Rule::killed_are_looked_at, "killed_are_looked_at",
             "before everything is killed all threads are stopped and their stacks are read"},
    RuleText{Rule::fault_ends_init, "fault_ends_init",
             "the kernel spares a traced init of a namespace, so it is let go to die of its fault"},
    RuleText{Rule::call_is_restarted, "call_is_restarted", "a system call that only our stop broke off goes on"},
    RuleText{Rule::group_stop_is_kept, "group_stop_is_kept",
             "a stopped task stays stopped until a signal continues it"},
    RuleText{Rule::pending_int3_comes_first, "pending_int3_comes_first",
             "a task is not let go while an int3 of ours is to be reported"},
    RuleText{Rule::stop_is_answered, "stop_is_answered", "a stop that means nothing more is answered by going on"},
    RuleText{Rule::let_go, "let_go", "a task that stops while all are let go is detached"},
    RuleText{Rule::memory_is_bared, "memory_is_bared", "every int3 of ours leaves a memory first"},
    RuleText{Rule::task_ended, "task_ended", "a task has ended, and with its leader its process"},
    RuleText{Rule::root_ended, "root_ended", "the root's status is the run's"},
    RuleText{Rule::orphans_are_timed, "orphans_are_timed", "what the root left behind may go on for a while"},
    RuleText{Rule::nobody_is_left, "nobody_is_left",
             "no task is known any more, but one may still report: it is waited for, for a while"},
    RuleText{Rule::all_are_lost, "all_are_lost", "the kernel has no tracee any more, so whoever is known has gone"},
    RuleText{Rule::run_is_over, "run_is_over", "nobody is left, the recording ends"},
    RuleText{Rule::time_is_up, "time_is_up", "--timeout: everything is killed"},
    RuleText{Rule::orphans_are_let_go, "orphans_are_let_go",
             "what the root left behind is interrupted, to be detached at its next stop"},
    RuleText{Rule::silent_leader_is_given_up, "silent_leader_is_given_up",
             "a leader that ended before its threads reports nothing: it goes with the last of them"},
    RuleText{Rule::stop_is_shared, "stop_is_shared", "the recorder stops, and goes on, with the root"},
    RuleText{Rule::request_is_passed_on, "request_is_passed_on",
             "a signal that was sent to the recorder alone was meant for the root"},
    RuleText{Rule::request_is_the_programs, "request_is_the_programs",
             "a signal that the program has got, or sent, itself is not sent to it again"},
    RuleText{Rule::request_is_repeated, "request_is_repeated",
             "the same sender's second signal within a moment is the same request"},
    RuleText{Rule::attachment_ends, "attachment_ends", "a process that was attached to is let go and runs on"},
    RuleText{Rule::second_request_kills, "second_request_kills", "the second SIGTERM ends the run"},
    RuleText{Rule::recording_has_failed, "recording_has_failed",
             "what cannot be recorded is not stopped for: probes leave at each next answer"},
};

static_assert([] {
  for (std::size_t i = 0; i < kRules.size(); ++i)
    if (kRules[i].rule != static_cast<Rule>(i)) return false;
  return true;
}());

constexpr const RuleText& text_of(Rule rule) { return kRules[static_cast<std::size_t>(rule)]; }

}  // namespace recount
