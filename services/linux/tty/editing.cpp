// Line editing of canonical mode: what each special character does, and how it shows.
#include "services/linux/tty/discipline.hpp"

namespace hinge::linux_service {

using enum ControlCharacter;
using namespace local_flag;

namespace {
/// Letters, also those of Latin-1, which the first bytes of UTF-8 letters happen to be; digits; underscore.
constexpr bool is_word(u8 c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= 0xc0 && c != 0xd7 && c != 0xf7);
}
}  // namespace

/// true when `byte` was an editing character or ended the line: nothing more to do with it.
bool Discipline::edit(u8 byte) {
  bool const more = settings_.has(extended);
  if (settings_.is(ControlCharacter::erase, byte)) return erase(Erase::character), true;
  if (settings_.is(kill, byte)) return kill_line(), true;
  if (more && settings_.is(erase_word, byte)) return erase(Erase::word), true;
  if (more && settings_.is(literal_next, byte)) {
    literal_next_ = true;
    if (echoing()) {
      finish_erasing();
      if (settings_.has(echo_control)) {
        output.echo('^', settings_);
        output.echo('\b', settings_);
      }
    }
    return true;
  }
  if (more && echoing() && settings_.is(ControlCharacter::reprint, byte)) return reprint(byte), true;
  if (byte == '\n') {
    if (settings_.has(echo | echo_nl)) output.echo('\n', settings_);
    return end_line('\n'), true;
  }
  if (settings_.is(end_of_file, byte)) return end_line(0), true;
  if (settings_.is(end_of_line, byte) || (more && settings_.is(end_of_line_2, byte))) {
    echo_input(byte);
    return end_line(byte), true;
  }
  return false;
}

void Discipline::finish_erasing() {
  if (!erasing_) return;
  output.echo('/', settings_);
  erasing_ = false;
}

void Discipline::kill_line() {
  if (head_ == canon_) return;
  if (settings_.has(echo_kill) && settings_.has(echo_kill_erase) && settings_.has(echo_erase) && echoing()) {
    erase(Erase::line);
    return;
  }
  head_ = canon_;
  if (!echoing()) return;
  finish_erasing();
  output.echo_visible(settings_[kill], settings_);
  if (settings_.has(echo_kill)) output.echo('\n', settings_);
}

void Discipline::erase(Erase kind) {
  bool in_word = false;
  while (head_ != canon_) {
    // One character: with UTF-8 its continuation bytes belong to it; a fragment without a first byte stays.
    u32 from = head_ - 1;
    while (from != canon_ && is_continuation(at(from), settings_)) --from;
    u8 const byte = at(from);
    if (is_continuation(byte, settings_)) break;
    if (kind == Erase::word) {
      if (is_word(byte)) in_word = true;
      else if (in_word) break;
    }
    u32 const to = head_;
    head_ = from;
    if (echoing()) erase_echo(byte, kind, from, to);
    if (kind == Erase::character) break;
  }
  if (head_ == canon_ && echoing()) finish_erasing();
}

/// Shows that the character `byte`, in the ring at [from, to), is gone.
void Discipline::erase_echo(u8 byte, Erase kind, u32 from, u32 to) {
  if (settings_.has(echo_printed)) {
    if (!erasing_) output.echo('\\', settings_);
    erasing_ = true;
    output.echo_visible(byte, settings_);
    for (u32 i = from + 1; i != to; ++i) output.echo(at(i), settings_);
    return;
  }
  if (kind == Erase::character && !settings_.has(echo_erase)) {
    output.echo_visible(settings_[ControlCharacter::erase], settings_);
    return;
  }
  if (byte == '\t') {
    // How far the tab went depends on what stands before it, back to the tab before or to the line's start.
    u32 columns = 0;
    bool after_tab = false;
    for (u32 i = from; i != canon_ && !after_tab;) {
      u8 const c = at(--i);
      if (c == '\t') after_tab = true;
      else if (is_control(c)) columns += settings_.has(echo_control) ? 2 : 0;
      else if (!is_continuation(c, settings_)) ++columns;
    }
    output.erase_tab(columns, after_tab);
    return;
  }
  u32 const width = is_control(byte) ? (settings_.has(echo_control) ? 2 : 0) : 1;
  for (u32 i = 0; i < width; ++i)
    for (u8 c : {u8('\b'), u8(' '), u8('\b')}) output.echo(c, settings_);
}

void Discipline::reprint(u8 byte) {
  finish_erasing();
  output.echo_visible(byte, settings_);
  output.echo('\n', settings_);
  for (u32 i = canon_; i != head_; ++i) output.echo_visible(at(i), settings_);
}

}  // namespace hinge::linux_service
