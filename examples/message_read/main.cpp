// A program of the native interface: mounts the first disk's file system and logs its file "message", read as the second listing
// of the debate between monolithic kernels and microkernels reads it. fs_read is that listing, but for its types.
//     ./hinge test example      (tests/system/example.py makes the disk and boots example.place)
#include <cstring>
#include <string_view>

#include "examples/message_read/message.hpp"
#include "host/image.hpp"
#include "host/log.hpp"
#include "iface/block_device.hpp"
#include "iface/lifecycle.hpp"

namespace hinge::message_read {

using ssize_t = i64;
using size_t = usize;

/* microkernel: the same request becomes an IPC round-trip to a
   file-server PROCESS - isolation, at the cost of two context switches */
ssize_t fs_read(cap_t fs_server, int fd, char *buf, size_t n) {
    msg_t req = { .op = OP_READ, .fd = fd, .len = n, .reply_len = 0, .payload = {} };
    ipc_call(fs_server, &req);           /* kernel-mediated message */
    memcpy(buf, req.payload, req.reply_len);
    return req.reply_len;
}

namespace {

struct Service {
  Port<FileSystem> server;
  Port<BlockDevice> disks;

  Result<> on(Lifecycle::Start const&, Caller const& caller) {
    int const fd = TRY(open("message", caller));
    char buf[200];
    ssize_t const got = fs_read(server.binding()->portal, fd, buf, sizeof buf);
    std::string_view const text{buf, usize(got)};
    host::log("read {} bytes: {}", got, text.substr(0, text.find('\n')));
    host::log("then {} bytes", fs_read(server.binding()->portal, fd, buf, sizeof buf));
    return ok;
  }
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }

 private:
  /// The usual way: requests through ports.
  Result<int> open(std::string_view name, Caller const& caller) {
    constexpr u64 volume = 1, first_disk = 0, read_only = 1;
    u64 const blocks = TRY(disks.on(BlockDevice::Info{first_disk}, caller)).blocks;
    TRY(server.on(FileSystem::Mount{volume, first_disk, 0, blocks, read_only}, caller));
    InodeNumber const root = TRY(server.on(FileSystem::Root{volume, 0}, caller)).root.inode;
    files[0] = {TRY(server.on(FileSystem::Lookup{root, FileName::from(name)}, caller)).found.inode, 0};
    return 0;
  }
};

constinit Service service;
constinit image::Provided provided[] = {provide<Lifecycle>(service, "lifecycle")};
constinit image::Required required[] = {require(service.server, "server"), require(service.disks, "disks")};

}  // namespace
}  // namespace hinge::message_read

HINGE_IMAGE("message_read", hinge::message_read::provided, hinge::message_read::required, hinge::host::nothing)
