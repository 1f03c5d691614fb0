// /proc/PID/stat, statm and limits (proc(5)), formats as Linux 6.1 prints them.
#include "services/linux/proc/view.hpp"

namespace hinge::linux_service::proc {

using generated::Subject;

Attempt<> make_stat(Thread&, Subject const& of, Text& to) {
  ProcessView const v = ATTEMPT(ProcessView::of(of));
  Ref<AddressSpace> const space = v.process->shared_space();
  MemoryView const m = space ? MemoryView::of(*space) : MemoryView{};
  ProgramLayout const none{};
  ProgramLayout const& p = space ? space->program : none;
  to.add("{} ({}) {} {} {} {} {} {} 0 ", v.id, std::string_view{v.name}, v.state, v.parent, v.group, v.session, v.terminal, v.foreground);
  to.add("{} {} 0 0 {} {} {} {} ", v.usage.minor_faults, v.children.minor_faults, to_ticks(v.usage.user_ns),
         to_ticks(v.usage.system_ns), to_ticks(v.children.user_ns), to_ticks(v.children.system_ns));
  to.add("{} {} {} 0 {} {} {} {} ", v.real_time_priority ? -1 - i32(v.real_time_priority) : 20 + v.nice, v.nice, v.threads, to_ticks(v.start_ns), m.total, m.resident / page_bytes,
         v.process->limit(Resource::resident));
  // The stack and instruction pointers are 0, as Linux shows them of a process that may be running.
  constexpr u64 standard = 0x7fff'ffff;
  to.add("{} {} {} 0 0 {} {} {} {} 0 0 0 {} {} {} {} 0 0 0 ", p.code_begin, p.code_end, p.stack_top, v.pending.bits() & standard,
         v.blocked.bits() & standard, v.ignored.bits() & standard, v.caught.bits() & standard, u32(v.process->exit_signal), v.cpu, v.real_time_priority,
         v.policy);
  to.add("{} {} {} {} {} {} {} {}\n", p.data_begin, p.data_end, p.break_begin, p.arguments_begin, p.arguments_end, p.environment_begin,
         p.environment_end, v.exit_status);
  return ok;
}

Attempt<> make_statm(Thread&, Subject const& of, Text& to) {
  Ref<Process> const process = ATTEMPT(process_of(of));
  Ref<AddressSpace> const space = process->shared_space();
  MemoryView const m = space ? MemoryView::of(*space) : MemoryView{};
  to.add("{} {} {} {} 0 {} 0\n", m.total / page_bytes, m.resident / page_bytes, m.shared_resident / page_bytes, m.code / page_bytes,
         (m.data + m.stack) / page_bytes);
  return ok;
}

namespace {

struct LimitName { Resource of; std::string_view name, unit; };
constexpr LimitName limit_names[] = {
    {Resource::cpu, "Max cpu time", "seconds"},
    {Resource::file_size, "Max file size", "bytes"},
    {Resource::data, "Max data size", "bytes"},
    {Resource::stack, "Max stack size", "bytes"},
    {Resource::core, "Max core file size", "bytes"},
    {Resource::resident, "Max resident set", "bytes"},
    {Resource::processes, "Max processes", "processes"},
    {Resource::descriptors, "Max open files", "files"},
    {Resource::locked, "Max locked memory", "bytes"},
    {Resource::address_space, "Max address space", "bytes"},
    {Resource::file_locks, "Max file locks", "locks"},
    {Resource::pending_signals, "Max pending signals", "signals"},
    {Resource::message_queues, "Max msgqueue size", "bytes"},
    {Resource::nice, "Max nice priority", ""},
    {Resource::real_time_priority, "Max realtime priority", ""},
    {Resource::real_time_time, "Max realtime timeout", "us"},
};

void add_limit(Text& to, u64 value) {
  generated::Digits const digits{value};
  to.add("{20} ", value == unlimited ? std::string_view{"unlimited"} : digits.view());
}

}  // namespace

Attempt<> make_limits(Thread&, Subject const& of, Text& to) {
  Ref<Process> const process = ATTEMPT(process_of(of));
  Limits const limits = process->all_limits();
  to.append("Limit                     Soft Limit           Hard Limit           Units     \n");
  for (LimitName const& l : limit_names) {
    to.add("{25} ", l.name);
    add_limit(to, limits[l.of].soft);
    add_limit(to, limits[l.of].hard);
    if (!l.unit.empty()) to.add("{10}", l.unit);
    to.append('\n');
  }
  return ok;
}

}  // namespace hinge::linux_service::proc
