// The order of the files' locks, outermost first; all below rank::outer_end. Ranks marked `several` may be held more
// than once: the taker orders them by address.
#pragma once

#include "services/linux/core/lock_ranks.hpp"

namespace hinge::linux_service::rank {

struct WriteBack { static constexpr u32 level = 1; };  ///< Who goes through all mounts to write back; unmounting.
struct Renaming { static constexpr u32 level = 2; };   ///< One rename that moves a directory at a time.
struct MountsShown { static constexpr u32 level = 3; };  ///< Who lists the mounts; unmounting.
struct Directory { static constexpr u32 level = 4; static constexpr bool several = true; };  ///< One directory's names.
struct Mounts { static constexpr u32 level = 6; };     ///< The mount table.
struct Tree { static constexpr u32 level = 8; };       ///< Every name's place: parent and text, which renames change.
struct NameBucket { static constexpr u32 level = 9; static constexpr bool several = true; };  ///< One chain of the name cache.
struct InodeTable { static constexpr u32 level = 10; };  ///< A volume's inodes by number.
struct InFlight { static constexpr u32 level = 11; };    ///< Files on their way through sockets.
struct Pipe { static constexpr u32 level = 12; static constexpr bool several = true; };
struct Socket { static constexpr u32 level = 13; static constexpr bool several = true; };  ///< One end of a connection.
struct FileData { static constexpr u32 level = 14; };  ///< One inode's size and pages.
struct FileState { static constexpr u32 level = 15; };  ///< An open file's own state: eventfd counters and their like.
struct SocketNames { static constexpr u32 level = 16; };  ///< Names that sockets are bound to, and the list of all sockets.
struct Locks { static constexpr u32 level = 16; };     ///< All record locks and flocks.
struct Descriptors { static constexpr u32 level = 18; };  ///< One descriptor table.
struct Notify { static constexpr u32 level = 19; };     ///< All inotify watches and their events.
struct FsContext { static constexpr u32 level = 20; };  ///< One process' cwd and root.
struct SignalOwners { static constexpr u32 level = 23; };  ///< Who is signalled when a file becomes ready.
struct Caches { static constexpr u32 level = 24; };    ///< The list of all read caches, for reclaim.
struct CachedPages { static constexpr u32 level = 26; };  ///< One read cache's pages.
struct SystemV { static constexpr u32 level = 27; };     ///< All System V IPC objects (services/linux/ipc).
struct DirtyCaches { static constexpr u32 level = 28; };  ///< The list of dirty caches.
struct BlockStock { static constexpr u32 level = 29; };   ///< One volume's promised blocks.
static_assert(BlockStock::level < outer_end);
struct Readiness { static constexpr u32 level = 45; };  ///< Who watches what: poll sources and epoll ready lists. Above
                                                        ///< processes' and timers' locks, which tell of signals and ends.

}  // namespace hinge::linux_service::rank
