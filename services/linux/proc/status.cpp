// /proc/PID/status (proc(5)): fields and order as Linux 6.1 prints them, as far as there is something to say.
#include "services/linux/core/machine.hpp"
#include "services/linux/proc/view.hpp"

namespace hinge::linux_service::proc {

using generated::Subject;

namespace {

std::string_view state_name(char state) {
  switch (state) {
    case 'R': return "R (running)";
    case 'T': return "T (stopped)";
    case 't': return "t (tracing stop)";
    case 'Z': return "Z (zombie)";
    default: return "S (sleeping)";
  }
}

void add_identity(Text& to, ProcessView const& v) {
  Ref<FsContext> const fs = v.process->shared_fs();
  to.add("Name:\t{}\nUmask:\t", std::string_view{v.name});
  append_octal(to, fs ? fs->umask.load() : 0, 4);
  to.add("\nState:\t{}\nTgid:\t{}\nNgid:\t0\nPid:\t{}\nPPid:\t{}\nTracerPid:\t{}\n", state_name(v.state), v.process->pid, v.id, v.parent,
         v.tracer);
}

void add_credentials(Text& to, ProcessView const& v, Credentials const& c) {
  to.add("Uid:\t{}\t{}\t{}\t{}\n", c.uid, c.euid, c.suid, c.fsuid);
  to.add("Gid:\t{}\t{}\t{}\t{}\n", c.gid, c.egid, c.sgid, c.fsgid);
  Ref<Descriptors> const descriptors = v.process->shared_descriptors();
  to.add("FDSize:\t{}\nGroups:\t", descriptors ? descriptors->capacity() : 0);
  for (u32 i = 0; i < c.group_count; ++i) to.add("{} ", c.groups[i]);
  if (c.group_count == 0) to.append(' ');
  to.add("\nNStgid:\t{}\nNSpid:\t{}\nNSpgid:\t{}\nNSsid:\t{}\n", v.process->pid, v.id, v.group, v.session);
}

void add_memory(Text& to, AddressSpace& space) {
  MemoryView const m = MemoryView::of(space);
  auto line = [&](std::string_view name, u64 bytes) { to.add("{}:\t{8} kB\n", name, bytes / 1024); };
  line("VmPeak", m.total);
  line("VmSize", m.total);
  line("VmLck", 0);
  line("VmPin", 0);
  line("VmHWM", m.resident);
  line("VmRSS", m.resident);
  line("RssAnon", m.resident - m.shared_resident);
  line("RssFile", m.shared_resident);
  line("RssShmem", 0);
  line("VmData", m.data);
  line("VmStk", m.stack);
  line("VmExe", m.code);
  line("VmLib", m.library);
  line("VmSwap", 0);
}

void add_signals(Text& to, ProcessView const& v) {
  to.add("Threads:\t{}\nSigQ:\t{}/{}\n", v.threads, v.queued_signals, v.process->limit(Resource::pending_signals));
  auto line = [&](std::string_view name, u64 bits) { to.add("{}:\t{016x}\n", name, bits); };
  line("SigPnd", v.pending.bits());
  line("ShdPnd", v.shared_pending.bits());
  line("SigBlk", v.blocked.bits());
  line("SigIgn", v.ignored.bits());
  line("SigCgt", v.caught.bits());
}

void add_capabilities(Text& to, Credentials const& c) {
  auto line = [&](std::string_view name, u64 bits) { to.add("{}:\t{016x}\n", name, bits); };
  line("CapInh", c.inheritable);
  line("CapPrm", c.permitted);
  line("CapEff", c.effective);
  line("CapBnd", c.bounding);
  line("CapAmb", 0);
  to.add("NoNewPrivs:\t{}\nSeccomp:\t0\n", u32(c.no_new_privileges));
}

}  // namespace

Attempt<> make_status(Thread&, Subject const& of, Text& to) {
  ProcessView const v = ATTEMPT(ProcessView::of(of));
  Ref<Credentials> const nobody = host::make_ref<Credentials>();
  if (!nobody) return fail(Errno::no_memory);
  Credentials const& c = v.credentials ? *v.credentials : *nobody;
  add_identity(to, v);
  add_credentials(to, v, c);
  if (Ref<AddressSpace> const space = v.process->shared_space()) add_memory(to, *space);
  add_signals(to, v);
  add_capabilities(to, c);
  u32 const cpus = machine().cpus;
  to.add("Cpus_allowed:\t{x}\nCpus_allowed_list:\t0", cpus < 64 ? (u64{1} << cpus) - 1 : ~u64{0});
  if (cpus > 1) to.add("-{}", cpus - 1);
  to.add("\nvoluntary_ctxt_switches:\t{}\nnonvoluntary_ctxt_switches:\t0\n", v.usage.switches);
  return ok;
}

}  // namespace hinge::linux_service::proc
