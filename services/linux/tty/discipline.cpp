#include "services/linux/tty/discipline.hpp"

#include <cstring>

namespace hinge::linux_service {

using enum ControlCharacter;
using namespace local_flag;

void Discipline::mark(u32 position, bool on) {
  u64& word = ends_[position % capacity / 64];
  u64 const bit = u64{1} << (position % 64);
  word = on ? word | bit : word & ~bit;
}

void Discipline::append(u8 byte) {
  at(head_) = byte;
  mark(head_++, false);
}

void Discipline::end_line(u8 byte) {
  append(byte);
  mark(head_ - 1, true);
  canon_ = head_;
}

bool Discipline::full() const {
  // The line being edited alone never fills the ring for good: its end must be able to come.
  return size() >= capacity - 1 && !(canonical() && canon_ == tail_);
}

bool Discipline::make_room() {
  if (size() < capacity - 1) return true;
  if (full()) return false;
  // An overlong line: from its 4096th byte on each byte replaces the last one, so that a newline ends it.
  if (size() >= capacity) --head_;
  return true;
}

usize Discipline::receive(std::span<u8 const> bytes, Effects& effects) {
  usize taken = 0;
  while (taken < bytes.size() && make_room()) receive_one(bytes[taken++], effects);
  return taken;
}

bool Discipline::signal(u8 byte, Effects& e) {
  if (!settings_.has(signals)) return false;
  if (settings_.is(interrupt, byte)) e.interrupt = true;
  else if (settings_.is(quit, byte)) e.quit = true;
  else if (settings_.is(suspend, byte)) e.suspend = true;
  else return false;
  if (!settings_.has(no_flush)) {
    flush_input();
    output.clear();
  }
  if (settings_.in(input_flag::flow_out) && stopped_) {
    stopped_ = false;
    e.flow = true;
  }
  if (echoing()) output.echo_visible(byte, settings_);
  return true;
}

bool Discipline::flow_control(u8 byte, Effects& e) {
  if (!settings_.in(input_flag::flow_out)) return false;
  bool const on = settings_.is(ControlCharacter::stop, byte), off = settings_.is(ControlCharacter::start, byte);
  if (!on && !off) return false;
  e.flow |= stopped_ != on;
  stopped_ = on;
  return true;
}

void Discipline::receive_one(u8 byte, Effects& e) {
  if (settings_.in(input_flag::strip)) byte &= 0x7f;
  if (settings_.in(input_flag::to_lower) && settings_.has(extended) && byte >= 'A' && byte <= 'Z') byte = u8(byte - 'A' + 'a');
  if (literal_next_) {
    literal_next_ = false;
    echo_input(byte);
    append(byte);
    return;
  }
  if (flow_control(byte, e) || signal(byte, e)) return;
  if (stopped_ && settings_.in(input_flag::flow_out) && settings_.in(input_flag::any_restarts)) {
    stopped_ = false;
    e.flow = true;
  }
  if (byte == '\r') {
    if (settings_.in(input_flag::ignore_cr)) return;
    if (settings_.in(input_flag::cr_to_nl)) {
      // Outside canonical mode, too, a return echoes as a new line, while a newline typed as such shows as ^J.
      if (!canonical() && echoing()) {
        finish_erasing();
        output.echo('\n', settings_);
        return append('\n');
      }
      byte = '\n';
    }
  } else if (byte == '\n' && settings_.in(input_flag::nl_to_cr)) {
    byte = '\r';
  }
  if (canonical() && edit(byte)) return;
  echo_input(byte);
  append(byte);
}

void Discipline::echo_input(u8 byte) {
  if (!echoing()) return;
  finish_erasing();
  if (canon_ == head_) output.mark_line_start();
  output.echo_visible(byte, settings_);
}

Discipline::Taken Discipline::take(std::span<u8> into) {
  if (!canonical()) {
    usize count = std::min<usize>(size(), into.size());
    for (usize i = 0; i < count; ++i) into[i] = at(tail_++);
    // In raw mode nothing is edited, so what is read leaves no line behind.
    if (i32(canon_ - tail_) < 0) canon_ = tail_;
    return {count, false};
  }
  usize count = 0;
  while (tail_ != canon_) {
    bool const last = ends(tail_);
    bool const end_of_file = last && at(tail_) == 0;
    if (end_of_file) {
      // An end of file ends the read; right behind a buffer's last byte it must not make the next read return 0.
      ++tail_;
      return {count, true};
    }
    if (count == into.size()) break;
    into[count++] = at(tail_++);
    if (last) return {count, true};
  }
  return {count, count != 0 && count == into.size()};
}

bool Discipline::readable(u32 minimum) const { return canonical() ? canon_ != tail_ : size() >= std::max(minimum, 1u); }

u32 Discipline::readable_bytes() const {
  if (!canonical()) return size();
  u32 count = canon_ - tail_;
  for (u32 i = tail_; i != canon_; ++i)
    if (ends(i) && bytes_[i % capacity] == 0) --count;
  return count;
}

void Discipline::set(Termios const& t) {
  bool const was = canonical();
  settings_ = t;
  if (!t.in(input_flag::flow_out)) stopped_ = false;
  if (was == canonical()) return;
  ends_ = {};
  literal_next_ = erasing_ = false;
  if (canonical() && size()) {
    mark(head_ - 1, true);
    canon_ = head_;
  } else {
    canon_ = tail_;
  }
}

void Discipline::flush_input() {
  tail_ = canon_ = head_;
  ends_ = {};
  literal_next_ = erasing_ = false;
}

}  // namespace hinge::linux_service
