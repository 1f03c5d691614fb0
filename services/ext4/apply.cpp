// From a record to what carries it out.
#include "services/ext4/apply.hpp"

namespace hinge::ext4 {
namespace {

/// The request as the record has it. corrupt: of another size.
template <class M>
Result<M> request_of(Bytes request) {
  if (request.size() != sizeof(M)) return fail(Error::corrupt);
  return load<M>(request, 0);
}

}  // namespace

Result<> apply(Change& change, Method method, Bytes request, std::string_view text, Outcome& outcome) {
  using Fs = FileSystem;
  switch (method) {
    case Method::create: return apply(change, TRY(request_of<Fs::Create>(request)), outcome);
    case Method::symlink: return apply(change, TRY(request_of<Fs::Symlink>(request)), text, outcome);
    case Method::link: return apply(change, TRY(request_of<Fs::Link>(request)), outcome);
    case Method::unlink: return apply(change, TRY(request_of<Fs::Unlink>(request)), outcome);
    case Method::remove_directory: return apply(change, TRY(request_of<Fs::RemoveDirectory>(request)), outcome);
    case Method::rename: return apply(change, TRY(request_of<Fs::Rename>(request)), text, outcome);
    case Method::set_attributes: return apply(change, TRY(request_of<Fs::SetAttributes>(request)), outcome);
    case Method::write: return apply(change, TRY(request_of<Fs::Write>(request)), outcome);
    case Method::reserve: return apply(change, TRY(request_of<Fs::Reserve>(request)), outcome);
    case Method::set_attribute: return apply(change, TRY(request_of<Fs::SetAttribute>(request)), text, outcome);
    case Method::remove_attribute: return apply(change, TRY(request_of<Fs::RemoveAttribute>(request)), outcome);
    case Method::release_step: return apply(change, TRY(request_of<Fs::Release>(request)), outcome);
    case Method::allocate_step: return apply_allocate(change, TRY(request_of<RangeStep>(request)), outcome);
    case Method::punch_step: return apply_punch(change, TRY(request_of<RangeStep>(request)), outcome);
  }
  return fail(Error::corrupt);
}

}  // namespace hinge::ext4
