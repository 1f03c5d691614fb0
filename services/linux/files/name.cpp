// Names and their cache: a hash table of chains, each with its lock. A chain holds a reference to each of its names, so
// what is in the cache never ends by itself; a sweep drops names that nobody uses when there are too many.
#include "services/linux/files/name.hpp"

#include <algorithm>
#include <cstring>

#include "services/linux/files/name_locks.hpp"

namespace hinge::linux_service {
namespace {

constexpr u32 buckets = 4096;
constexpr u32 most_names = 1 << 16;
constexpr u32 sweep_buckets = 4;

struct Bucket {
  Mutex<rank::NameBucket> lock;
  Name* first HINGE_GUARDED_BY(lock) = nullptr;
};
constinit Bucket table[buckets];
constinit std::atomic<u32> cached_names{0};
constinit std::atomic<u32> sweep_at{0};

template <class T>
u64 word_at(char const* at) {
  T word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// Eight characters at a time, the last eight perhaps again: a walk does this for each component.
u32 hash_of(Name const& parent, std::string_view text) {
  constexpr u64 multiplier = 0x9e37'79b9'7f4a'7c15;
  usize const n = text.size();
  char const* const end = text.data() + n;
  u64 h = (reinterpret_cast<u64>(&parent) >> 4) + n;
  auto const mix = [&h](u64 word) {
    h = (h ^ word) * multiplier;
    h ^= h >> 32;
  };
  for (char const* at = text.data(); usize(end - at) > sizeof(u64); at += sizeof(u64)) mix(word_at<u64>(at));
  if (n >= sizeof(u64)) mix(word_at<u64>(end - sizeof(u64)));
  else if (n >= sizeof(u32)) mix(word_at<u32>(text.data()) << 32 | word_at<u32>(end - sizeof(u32)));
  else if (n > 0) mix(u64{u8(text[0])} << 16 | u64{u8(text[n / 2])} << 8 | u8(text[n - 1]));
  return u32(h);
}

Bucket& bucket_of(u32 hash) { return table[hash % buckets]; }

}  // namespace

constinit Mutex<rank::Tree> name_tree_lock;

// ---- one name ------------------------------------------------------------------------------------------------------

Name::~Name() {
  if (text_ != inline_text_) host::release(text_);
}

Attempt<Ref<Name>> Name::make(Ref<Name> parent, std::string_view text, Ref<Inode> inode) {
  void* const at = host::allocate(sizeof(Name));
  if (!at) return fail(Errno::no_memory);
  auto name = Ref<Name>::adopt(new (at) Name{std::move(parent), std::move(inode)});
  if (!name->set_text(text)) return fail(Errno::no_memory);
  return name;
}

/// Keeps the old text when there is no memory.
bool Name::set_text(std::string_view text) {
  char* to = inline_text_;
  if (text.size() > inline_bytes && !(to = static_cast<char*>(host::allocate(text.size())))) return false;
  char* const old = text_;
  std::copy(text.begin(), text.end(), to);
  text_ = to;
  bytes_ = u32(text.size());
  if (old && old != inline_text_) host::release(old);
  return true;
}

/// Iterative, since a chain of parents may be as deep as a tree of directories.
void Name::dispose() {
  for (Name* name = this; name;) {
    Name* const parent = name->parent_.leak();
    host::destroy(name);
    name = parent && parent->drop() ? parent : nullptr;
  }
}

Ref<Name> Name::parent() const {
  Guard guard{name_tree_lock};
  return parent_;
}

usize Name::copy_text(char (&to)[max_bytes]) const {
  Guard guard{name_tree_lock};
  std::memcpy(to, text_, bytes_);
  return bytes_;
}

// ---- the cache -----------------------------------------------------------------------------------------------------

Ref<Name> NameCache::find(Name const& parent, std::string_view text) {
  u32 const hash = hash_of(parent, text);
  Bucket& bucket = bucket_of(hash);
  Guard guard{bucket.lock};
  for (Name* n = bucket.first; n; n = n->next_) {
    if (n->hash_ != hash || n->parent_.get() != &parent || n->text() != text) continue;
    n->recent_.store(true, std::memory_order_relaxed);
    return Ref<Name>{*n};
  }
  return nullptr;
}

void NameCache::insert(Name& name) {
  name.hash_ = hash_of(*name.parent_, name.text());
  Bucket& bucket = bucket_of(name.hash_);
  name.retain();
  cached_names.fetch_add(1, std::memory_order_relaxed);
  Guard guard{bucket.lock};
  name.next_ = std::exchange(bucket.first, &name);
  name.cached_ = true;
}

/// True when it was cached: the caller then drops the chain's reference, holding no lock of a chain.
bool NameCache::take_out(Name& name) {
  Bucket& bucket = bucket_of(name.hash_);
  Guard guard{bucket.lock};
  if (!name.cached_) return false;
  for (Name** link = &bucket.first; *link; link = &(*link)->next_)
    if (*link == &name) {
      *link = name.next_;
      break;
    }
  name.cached_ = false;
  cached_names.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

Attempt<Ref<Name>> NameCache::add(Name& parent, std::string_view text, Ref<Inode> inode) {
  if (cached_names.load(std::memory_order_relaxed) > most_names) sweep();
  auto name = ATTEMPT(Name::make(Ref<Name>{parent}, text, std::move(inode)));
  insert(*name);
  return name;
}

void NameCache::sweep() {
  Name* unused = nullptr;
  for (u32 i = 0; i < sweep_buckets; ++i) {
    Bucket& bucket = table[sweep_at.fetch_add(1, std::memory_order_relaxed) % buckets];
    Guard guard{bucket.lock};
    for (Name** link = &bucket.first; *link;) {
      Name* const n = *link;
      // The one reference is the chain's, and finding it takes this lock: nobody can come in between.
      if (n->references() != 1 || n->mounts || n->recent_.exchange(false, std::memory_order_relaxed)) {
        link = &n->next_;
        continue;
      }
      *link = n->next_;
      n->cached_ = false;
      cached_names.fetch_sub(1, std::memory_order_relaxed);
      n->next_ = std::exchange(unused, n);
    }
  }
  while (unused) (void)Ref<Name>::adopt(std::exchange(unused, unused->next_));
}

void NameCache::remove(Name& name) {
  name.removed_.store(true, std::memory_order_relaxed);
  if (take_out(name)) (void)Ref<Name>::adopt(&name);
}

void NameCache::forget_negative(Name const& parent, std::string_view text) {
  Ref<Name> const name = find(parent, text);
  if (name && name->negative() && take_out(*name)) (void)Ref<Name>::adopt(name.get());
}

Attempt<> NameCache::move(Name& name, Name& parent, std::string_view text) {
  Ref<Name> old_parent;
  bool const cached = take_out(name);
  {
    Guard guard{name_tree_lock};
    if (!name.set_text(text)) return fail(Errno::no_memory);
    if (name.parent_.get() != &parent) {
      old_parent = std::move(name.parent_);
      name.parent_ = Ref<Name>{parent};
    }
  }
  if (cached) {
    insert(name);
    (void)Ref<Name>::adopt(&name);  // The chain it left held one reference, the new one has its own.
  }
  return ok;
}

Attempt<> NameCache::exchange(Name& a, Name& b) {
  bool const a_cached = take_out(a), b_cached = take_out(b);
  {
    Guard guard{name_tree_lock};
    char text[Name::max_bytes];
    u32 const bytes = a.bytes_;
    std::memcpy(text, a.text_, bytes);
    if (!a.set_text(b.text()) || !b.set_text({text, bytes})) return fail(Errno::no_memory);
    std::swap(a.parent_, b.parent_);
  }
  if (a_cached) insert(a), (void)Ref<Name>::adopt(&a);
  if (b_cached) insert(b), (void)Ref<Name>::adopt(&b);
  return ok;
}

bool NameCache::is_above(Name const& ancestor, Name const& name) {
  Guard guard{name_tree_lock};
  for (Name const* n = &name; n; n = n->parent_.get())
    if (n == &ancestor) return true;
  return false;
}

void NameCache::drop_unused(Name const* root) {
  // Leaves go first, their parents in a later round; it ends when a round finds nothing more to drop.
  for (bool dropped = true; dropped;) {
    dropped = false;
    for (Bucket& bucket : table) {
      Name* unused = nullptr;
      {
        Guard tree{name_tree_lock};
        Guard guard{bucket.lock};
        for (Name** link = &bucket.first; *link;) {
          Name* const n = *link;
          bool below = !root;
          for (Name const* up = n->parent_.get(); up && !below; up = up->parent_.get()) below = up == root;
          if (!below || n->references() != 1) {
            link = &n->next_;
            continue;
          }
          *link = n->next_;
          n->cached_ = false;
          cached_names.fetch_sub(1, std::memory_order_relaxed);
          n->next_ = std::exchange(unused, n);
        }
      }
      while (unused) {
        dropped = true;
        (void)Ref<Name>::adopt(std::exchange(unused, unused->next_));
      }
    }
  }
}

bool NameCache::prune(Name const& root) {
  drop_unused(&root);
  // The mount's own reference is the only one left when nobody stands or has a file open below.
  return root.references() > 1;
}

}  // namespace hinge::linux_service
