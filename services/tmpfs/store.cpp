// Inodes and texts; the start. Names are in entries.cpp.
#include "services/tmpfs/store.hpp"

#include <algorithm>
#include <cstring>

namespace hinge::tmpfs {

Result<> Store::attach() {
  host::PoolBase* const pools[] = {&volumes, &operations_, &inodes_, &entries_, &texts_};
  bool const old = TRY(vault.attach("tmpfs", 2, pools));
  if (!old) return ok;
  TRY(validate());
  std::fill(std::begin(first_), std::end(first_), 0);
  entries_.for_each([&](Name name, EntryRecord&) { index(name); });
  operations_.for_each([&](Name name, OperationRecord const& r) { operation_of_[r.thread % max_threads] = name.index + 1; });
  return ok;
}

Result<> Store::validate() const {
  bool good = true;
  entries_.for_each([&](Name, EntryRecord const& e) {
    InodeRecord const* const d = inodes_.find(e.directory);
    good = good && d && FileType(d->mode & file_type_mask) == FileType::directory && inodes_.find(e.inode) &&
           e.bytes >= 1 && e.bytes <= FileName::max_bytes && (!e.next || entries_.find(e.next)) &&
           (!e.previous || entries_.find(e.previous));
  });
  inodes_.for_each([&](Name, InodeRecord const& i) {
    good = good && (!i.first || entries_.find(i.first)) && (!i.target || texts_.find(i.target));
  });
  return good ? Result<>{ok} : fail(Error::corrupt);
}

OperationRecord* Store::operation_of(u32 thread) const {
  u32 const at = thread < max_threads ? operation_of_[thread] : 0;
  OperationRecord* const r = at ? operations_.live_at(at - 1) : nullptr;
  return r && r->thread == thread ? r : nullptr;   // else its allocation was rolled back
}

Result<> Store::record(host::UndoLog& undo, OperationRecord const& operation) {
  if (OperationRecord* const r = operation_of(operation.thread)) return undo.set(*r, operation);
  Name const name = TRY(operations_.allocate(undo, operation));
  operation_of_[operation.thread] = name.index + 1;
  return ok;
}

Result<InodeRecord*> Store::inode(InodeNumber number) const {
  InodeRecord* const i = inodes_.find(to_name(number));
  if (!i) return fail(Error::not_found);
  return i;
}

Result<InodeRecord*> Store::directory(InodeNumber number) const {
  InodeRecord* const d = TRY(inode(number));
  if (FileType(d->mode & file_type_mask) != FileType::directory) return fail(Error::not_directory);
  return d;
}

Attributes Store::attributes(Name name, InodeRecord const& i) const {
  FileType const type{i.mode & file_type_mask};
  return {.inode = to_number(name),
          .size = type == FileType::directory ? (i.entries + 2) * entry_size : i.size,
          .access_ns = i.access_ns,
          .change_data_ns = i.change_data_ns,
          .change_ns = i.change_ns,
          .birth_ns = i.birth_ns,
          .device = i.device,
          .mode = i.mode,
          .owner = i.owner,
          .group = i.group,
          .links = i.links,
          .generation = name.generation,
          .resident = type == FileType::regular,
          .blocks = 0};
}

Result<Name> Store::create_inode(host::UndoLog& undo, InodeRecord const& initial) { return inodes_.allocate(undo, initial); }

Result<> Store::free_inode(host::UndoLog& undo, Name name) {
  InodeRecord const* const i = inode(name);
  if (!i) return fail(Error::not_found);
  TRY(free_text(undo, i->target));
  return inodes_.free(undo, name);
}

Result<Name> Store::add_text(host::UndoLog& undo, std::string_view text) {
  Name next{};
  // From the end, so that each piece is written once, with its successor known.
  for (usize pieces = (text.size() + TextRecord::max_bytes - 1) / TextRecord::max_bytes; pieces-- > 0;) {
    std::string_view const part = text.substr(pieces * TextRecord::max_bytes, TextRecord::max_bytes);
    Name const name = TRY(texts_.allocate(undo, TextRecord{}));
    TextRecord& piece = *texts_.find(name);
    piece.next = next;
    std::memcpy(piece.text, part.data(), part.size());
    next = name;
  }
  return next;
}

Result<> Store::free_text(host::UndoLog& undo, Name first) {
  while (TextRecord const* const piece = texts_.find(first)) {
    TRY(texts_.free(undo, first));
    first = piece->next;  // Freeing leaves the contents until the next allocation.
  }
  return ok;
}

usize Store::read_text(Name first, u64 offset, u64 size, char* to, usize room) const {
  usize done = 0;
  u64 at = 0;  // Of the piece's first byte in the text.
  for (TextRecord const* piece; done < room && offset + done < size && (piece = texts_.find(first)); first = piece->next) {
    u64 const from = offset + done;
    if (from < at + TextRecord::max_bytes) {
      usize const n = std::min<u64>({at + TextRecord::max_bytes - from, room - done, size - from});
      std::memcpy(to + done, piece->text + (from - at), n);
      done += n;
    }
    at += TextRecord::max_bytes;
  }
  return done;
}

}  // namespace hinge::tmpfs
