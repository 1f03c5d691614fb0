// Extended attributes.
#include "services/ext4/apply.hpp"
#include "services/ext4/attributes_change.hpp"

namespace hinge::ext4 {
namespace {

Result<> carry_out(Change& change, InodeNumber number, i64 now_ns, AttributeChange const& wanted) {
  Inode inode = TRY(read_inode(change.session(), u32(number.raw())));
  TRY(change_attribute(change, inode, wanted));
  set_change_time(inode, now_ns);
  return save(change, inode);
}

}  // namespace

Result<> apply(Change& change, FileSystem::SetAttribute const& m, std::string_view value, Outcome&) {
  Bytes const bytes{reinterpret_cast<u8 const*>(value.data()), value.size()};
  return carry_out(change, m.inode, m.change_ns, {m.name.view(), bytes, m.flags, false});
}

Result<> apply(Change& change, FileSystem::RemoveAttribute const& m, Outcome&) {
  return carry_out(change, m.inode, m.change_ns, {m.name.view(), {}, 0, true});
}

}  // namespace hinge::ext4
