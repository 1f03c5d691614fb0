// What the nucleus hands to placement: the boot archive, mapped read-only into the own slot, and the command line.
#pragma once

#include <span>

#include "abi/boot_image.hpp"
#include "iface/lifecycle.hpp"
#include "placement/manifest.hpp"

namespace hinge::placement {

class BootFiles final : public Files {
 public:
  /// Maps the archive.
  Result<> attach(boot::BootInfo const& info);

  [[nodiscard]] std::string_view command_line() const { return command_line_; }
  [[nodiscard]] u64 archive_bytes() const { return archive_.size(); }
  /// A file of the archive by its whole name.
  [[nodiscard]] Result<std::span<u8 const>> file(std::string_view name) const;
  /// A manifest: a file below boot/presets.
  Result<std::string_view> open(std::string_view name) override;

 private:
  std::span<u8 const> archive_;
  std::string_view command_line_;
};

}  // namespace hinge::placement
