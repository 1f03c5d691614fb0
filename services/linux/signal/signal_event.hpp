// struct sigevent: how a program wants to be told (timer_create(2), mq_notify(2)).
#pragma once

#include "base/types.hpp"

namespace hinge::linux_service {

/// Its first 64 bytes.
struct SignalEvent {
  u64 value;
  i32 signal;
  i32 notify;
  i32 thread;
  i32 padding[11];
};
static_assert(sizeof(SignalEvent) == 64);
enum Notify : i32 { by_signal = 0, none = 1, by_thread = 2, by_thread_id = 4 };

}  // namespace hinge::linux_service
