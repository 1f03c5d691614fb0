// The native calls: one function for each number of abi/native.hpp, the same whether ring 3 came by SYSCALL or a
// kernel-side service by its host table. They validate every argument and run with interrupts off.
#pragma once

#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/call/guarded.hpp"
#include "nucleus/call/machine.hpp"
#include "nucleus/sched/sched.hpp"

namespace hinge::nucleus {

/// Who calls: ring 3, as the domain of its activation; or the kernel domain.
struct Context {
  u32 domain;

  [[nodiscard]] bool kernel() const { return domain == kernel_domain; }

  /// Whether the table a handle names is this domain's.
  [[nodiscard]] bool owns(Handle h) const {
    u32 const t = table_of(h);
    return t != 0 && t <= layout::slot_count && core.slots[t].live && core.slots[t].domain == domain;
  }
  /// The capability, if the handle is the domain's, of that kind, live, with those rights. The core lock is held.
  [[nodiscard]] Result<Capability*> find(u64 handle, Kind kind, Right rights) const {
    Handle const h{u32(handle)};
    if (handle >> 32 || !owns(h)) return fail(Error::bad_handle);
    return core.look_up(h, kind, rights);
  }
  /// Whether the domain may name [address, address + bytes): it lies in one of its slots. Kernel-side services also run
  /// on the nucleus' stacks, where their local variables are.
  [[nodiscard]] bool may_name(u64 address, u64 bytes) const {
    if (kernel() && on_kernel_stacks(address, bytes)) return true;
    u64 slot;
    return in_slot(address, bytes, slot) && core.slots[slot + 1].live && core.slots[slot + 1].domain == domain;
  }
  /// Copies of structs that cross by pointer. bad_address.
  template <class T>
  [[nodiscard]] Result<T> read(u64 address) const {
    T value;
    if (!may_name(address, sizeof(T)) || copy_from_slot(&value, address, sizeof(T))) return fail(Error::bad_address);
    return value;
  }
  template <class T>
  [[nodiscard]] Result<> write(u64 address, T const& value) const {
    if (!may_name(address, sizeof(T)) || copy_to_slot(address, &value, sizeof(T))) return fail(Error::bad_address);
    return ok;
  }
};

using Arguments = u64 const (&)[6];
using NativeFunction = Result<u64> (*)(Context const& context, Arguments a);

#define X(name, group) Result<u64> native_##name(Context const& context, Arguments a);
HINGE_NATIVE_CALLS(X)
#undef X

extern NativeFunction const native_functions[native::count];

/// What placement writes into the headers of kernel-side images.
host::Table const* kernel_host_table();

/// Lets interrupts and better threads in between the steps of a long operation. No lock is held.
inline void breathe() {
  let_interrupts_in();
  reschedule_if_pending();
}

inline Result<u64> handle_value(Result<Handle> h) {
  if (!h) return fail(h.error());
  return u64(h->raw());
}
inline Result<u64> done(Result<> r = ok) {
  TRY(r);
  return u64{0};
}

}  // namespace hinge::nucleus
