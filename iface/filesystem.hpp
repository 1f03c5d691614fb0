// FileSystem: what the personality asks of a service that keeps files. The data of an inode marked `resident` lives in
// the personality's page cache and nowhere else; that of others is read into the page cache with Read.
//
// Inodes are named by number; a number stays valid from the reply that told it until the inode has no name left and was
// released. Of a service on disks it is volume << 32 | the number on the disk. Permission checks, path walks and times are
// the caller's business: it says "now" in each change, so that both sides keep the same books. The structural rules (no
// cycle, no lost name, link counts, quotas) are the service's.
//
// Durability, of a service on disks: a change is done when it is replied to, and survives the service's crash; it survives a
// power cut from the reply of a later Commit on. Changes become durable in the order in which they were replied to, whole or
// not at all. Services are passive: the caller sends Commit{volume} every few seconds (5 is what Linux' users expect), and
// the service commits by itself only when its journal fills.
//
// Idempotence: reads, Mount, Write, Allocate, SetAttributes, Commit, Remount and Unmount are so by construction. The other
// changes are recorded under {caller.thread, caller.sequence} with the reply; issued again with Reason::repeated they
// only repeat the reply.
//
// Errors of every change, besides its own: read_only (the volume is mounted so, or has turned so after a failure, which the
// log tells), no_space (blocks or inodes; nothing was changed), io (the device), corrupt, no_memory, quota.
#pragma once

#include "iface/buffer.hpp"
#include "iface/calls.hpp"

namespace hinge {

using InodeNumber = Strong<struct InodeNumberTag, u64>;

/// One component of a path: 1 to 255 bytes, no '/' and no zero, not "." or "..".
struct FileName {
  static constexpr usize max_bytes = 255;
  u8 bytes;
  char text[max_bytes];

  [[nodiscard]] std::string_view view() const { return {text, bytes}; }
  /// Precondition: 1 to 255 bytes.
  static FileName from(std::string_view name) {
    FileName n;
    n.bytes = u8(name.size());
    __builtin_memcpy(n.text, name.data(), name.size());
    return n;
  }
};
static_assert(sizeof(FileName) == 256);

/// Types as in the upper bits of a POSIX mode, so that mode = type | permissions.
enum class FileType : u32 {
  fifo = 0010000, character = 0020000, directory = 0040000, block = 0060000, regular = 0100000, symlink = 0120000, socket = 0140000,
};
inline constexpr u32 file_type_mask = 0170000, permission_mask = 07777;

struct Attributes {
  InodeNumber inode;
  u64 size;                   ///< Bytes; of a symlink, the target's length; of a directory, what the service likes to show.
  i64 access_ns, change_data_ns, change_ns, birth_ns;  ///< Since 1970, UTC: atime, mtime, ctime, btime.
  u64 device;                 ///< Of a device node: major << 32 | minor.
  u32 mode;                   ///< FileType | permissions.
  u32 owner, group;
  u32 links;
  u32 generation;             ///< Differs for each inode that ever had this number.
  u32 resident;               ///< 1: data lives in the caller's page cache only.
  u64 blocks;                 ///< What it takes on the disk, in units of 512 bytes; 0 of resident inodes.

  [[nodiscard]] FileType type() const { return FileType(mode & file_type_mask); }
};

struct FileSystem {
  /// Attaches the blocks [first, first + blocks) of the service's disk `unit` as `volume` (1 to 2^31 - 1, the caller's
  /// choice). Said again with the same words it changes nothing; busy when the volume is another. corrupt, not_supported
  /// (features this service does not know; the log names them), read_only (cannot be written, and `read_only` was 0: the
  /// device, or a feature that is known to readers only; the log says which). Mounting to write replays the journal and frees
  /// what nobody released before a power cut. not_supported of services without disks.
  struct Mount {
    struct Reply { u64 read_only; };
    u64 volume, unit, first, blocks, read_only;
  };
  /// The root of a volume. Volume 0 always exists; another comes into being when first asked for, if the service makes
  /// volumes (tmpfs does), else not_found.
  struct Root { struct Reply { Attributes root; }; u64 volume; i64 now_ns; };
  /// Forgets a volume and all in it, in steps: busy while there is more to do. Its inodes must be released before. Of a
  /// service on disks: the same as Unmount.
  struct Discard { using Reply = Unit; u64 volume; };
  /// Commits, marks the file system clean and forgets the volume, which may be unknown. io: it could not be written; it is
  /// forgotten all the same. Orphans that were not released are freed by the next Mount.
  struct Unmount { using Reply = Unit; u64 volume; };
  /// Commits and marks it clean (`read_only` 1; busy while there are orphans), or begins to write (0; as Mount does).
  struct Remount { using Reply = Unit; u64 volume, read_only; };
  struct Statistics {
    struct Reply { u64 block_bytes, blocks, blocks_free, inodes, inodes_free, name_max, kind; };  ///< kind: Linux' f_type.
    u64 volume;
  };
  /// not_found, not_directory.
  struct Lookup { struct Reply { Attributes found; }; InodeNumber directory; FileName name; };
  struct GetAttributes { struct Reply { Attributes attributes; }; InodeNumber inode; };
  /// Sets those that `mask` names. Size only of regular files; what is beyond a smaller size is freed and reads as zeroes
  /// when the file grows again, of its last block too. The caller has no Write of this inode under way when it sets the size.
  struct SetAttributes {
    struct Reply { Attributes attributes; };
    enum Mask : u32 { mode = 1, owner = 2, group = 4, size = 8, access = 16, change_data = 32, change = 64 };
    InodeNumber inode;
    u64 new_size;
    i64 access_ns, change_data_ns, change_ns;
    u32 mask, new_mode, new_owner, new_group;
  };
  /// A file, directory, fifo, device or socket. exists, no_space (quota), not_directory, not_found (directory removed).
  struct Create {
    struct Reply { Attributes created; };
    InodeNumber directory;
    i64 now_ns;
    u64 device;
    u32 mode, owner, group;
    u32 anonymous;            ///< 1: no name; an orphan from birth (O_TMPFILE, memfd). `name` is ignored.
    FileName name;
  };
  /// The target rides in `target`, at most 4095 bytes.
  struct Symlink {
    struct Reply { Attributes created; };
    static constexpr u32 buffers = 1;
    Buffer target;
    InodeNumber directory;
    i64 now_ns;
    u32 owner, group;
    FileName name;
  };
  /// Copies the target from `offset` on; returns its whole length.
  struct ReadLink { using Reply = u64; static constexpr u32 buffers = 1; Buffer into; InodeNumber inode; u64 offset; };
  /// Copies file data from `offset` on; past it zeroes what is left of `into`.
  /// Returns the bytes of data, 0 at the end. Holes read as zeroes. Not for resident inodes. io, corrupt.
  struct Read { using Reply = u64; static constexpr u32 buffers = 1; Buffer into; InodeNumber inode; u64 offset; };
  /// Writes file data of an inode that is not resident: whole pages of the caller's page cache, `offset` and length multiples
  /// of page_bytes. `size` is the caller's book of the file's size: pages beyond it are not written, what the last page holds behind it
  /// must be zeroes, and the file's size on the disk becomes the larger of what it is and min(size, offset + length); it never shrinks here. Blocks are allocated now, out
  /// of what the caller has reserved, or unreserved ones. Modify and change time become `change_ns` unless that is 0.
  /// Replied to when the device has the data; what makes it visible is committed later, and never before the data is safe.
  /// Of one inode, Writes under way at once do not overlap. Returns the bytes taken, all of them. invalid, no_space, io.
  struct Write {
    using Reply = u64;
    static constexpr u32 buffers = 1;
    Buffer from;
    InodeNumber inode;
    u64 offset, size;
    i64 change_ns;
  };
  /// Promises `blocks` (of Statistics::block_bytes) more to later Writes of the volume, which take theirs from the promise; a
  /// negative number gives back. The reply is what is promised in all. no_space: nothing was promised. So a caller that keeps
  /// as many promised as it has dirty blocks without a place learns of a full disk before it takes the data.
  /// `ordinal` differs in each Reserve of a caller: there may be several equal ones in one outermost request.
  struct Reserve { struct Reply { u64 promised; }; u64 volume; i64 blocks; u64 ordinal; };
  /// fallocate(2) on a regular file: [offset, offset + bytes). allocate: holes become blocks that read as zeroes, and the
  /// size grows to the range's end unless keep_size. punch_hole: whole blocks become holes, parts are zeroed; the size stays.
  /// zero_range: reads as zeroes without holes. In steps when it is large: no_space leaves what was done.
  /// The caller has no Write of the range under way, and no dirty page in it. too_big: beyond the largest file.
  struct Allocate {
    struct Reply { Attributes attributes; };
    enum Mode : u64 { allocate = 0, punch_hole = 1, zero_range = 2 };
    InodeNumber inode;
    u64 offset, bytes, mode, keep_size;
    i64 change_ns;
  };
  /// The first byte at or behind `offset` of data (`hole` 0) or of a hole (1) as the disk has it: what the caller holds dirty
  /// it adds itself. The end of the file is a hole. not_found: none before the end.
  struct FindData { using Reply = u64; InodeNumber inode; u64 offset, hole; };
  /// Returns when a power cut cannot lose what was replied to before: changes of `inode`, or of all the volume (inode 0), and
  /// data that Write has taken. `data_only` 1: of the inode only what is needed to read its data back, which times are not.
  /// Those that come together share one commit. io: it may be lost; the volume is read-only from now on.
  struct Commit { using Reply = Unit; u64 volume; InodeNumber inode; u64 data_only; };
  /// An extended attribute's value, from the start; returns its whole length. not_found. `name` with its prefix.
  struct ReadAttribute { using Reply = u64; static constexpr u32 buffers = 1; Buffer into; InodeNumber inode; FileName name; };
  /// The names of all extended attributes, each ended by a zero byte; returns their whole length.
  struct ListAttributes { using Reply = u64; static constexpr u32 buffers = 1; Buffer into; InodeNumber inode; };
  /// Sets an extended attribute; `name` with its prefix, ACLs in the form of ReadAttribute. exists and not_found by the flags;
  /// not_supported: a prefix that the service does not keep; no_space: no room beside the inode.
  struct SetAttribute {
    using Reply = Unit;
    static constexpr u32 buffers = 1;
    enum Flag : u64 { create_only = 1, replace_only = 2 };
    Buffer value;
    InodeNumber inode;
    i64 change_ns;
    u64 flags;
    FileName name;
  };
  /// not_found.
  struct RemoveAttribute { using Reply = Unit; InodeNumber inode; i64 change_ns; FileName name; };
  /// Another name for an inode that is no directory; an orphan gets a name again this way.
  struct Link { struct Reply { Attributes linked; }; InodeNumber inode, directory; i64 now_ns; FileName name; };

  /// What a name stood for when it went. With links 0 the inode is an orphan until Release.
  struct Removed { InodeNumber inode; u32 links; u32 existed; };
  /// is_directory for directories.
  struct Unlink { using Reply = Removed; InodeNumber directory; i64 now_ns; FileName name; };
  /// not_directory, not_empty.
  struct RemoveDirectory { using Reply = Removed; InodeNumber directory; i64 now_ns; FileName name; };
  /// rename(2)'s rules. The reply tells what lost its name (existed 0: nothing did). The new name rides in `new_name`.
  struct Rename {
    using Reply = Removed;
    static constexpr u32 buffers = 1;
    enum Flag : u32 { no_replace = 1, exchange = 2 };
    Buffer new_name;
    InodeNumber from, to;     ///< Directories.
    i64 now_ns;
    u64 flags;
    FileName name;
  };

  /// Fills `into` with Entry records from `cookie` on (0: from the start; "." and ".." are the caller's). Entries that
  /// stay are seen exactly once, whatever comes and goes meanwhile. bytes 0: the end. An entry whose cookie is no_more is known
  /// to be the last: nothing follows it, and what is made later is not looked for. invalid: no room for one entry.
  struct ReadDirectory {
    struct Reply { u64 bytes; };
    static constexpr u32 buffers = 1;
    Buffer into;
    InodeNumber directory;
    u64 cookie;
  };
  /// The caller has no use for this inode any more: an orphan dies. not_found is no failure (done before).
  struct Release { using Reply = Unit; InodeNumber inode; };

  using List = Calls<Mount, Root, Discard, Statistics, Lookup, GetAttributes, SetAttributes, Create, Symlink, ReadLink, Read,
                     ReadAttribute, ListAttributes, Link, Unlink, RemoveDirectory, Rename, ReadDirectory, Release,
                     Write, Reserve, Allocate, FindData, Commit, SetAttribute, RemoveAttribute, Remount, Unmount>;

  /// One record of ReadDirectory, followed by the name, padded to 8 bytes.
  struct Entry {
    InodeNumber inode;
    static constexpr u64 no_more = ~u64{0} >> 1;
    u64 cookie;               ///< Continue here to get what follows.
    u32 mode;                 ///< Its FileType bits.
    u16 record_bytes;         ///< This record with name and padding.
    u16 name_bytes;
    [[nodiscard]] std::string_view name() const { return {reinterpret_cast<char const*>(this + 1), name_bytes}; }
    static constexpr usize bytes_for(usize name_bytes) { return (sizeof(Entry) + name_bytes + 7) & ~usize{7}; }
  };
  static_assert(sizeof(Entry) == 24);
};

}  // namespace hinge
