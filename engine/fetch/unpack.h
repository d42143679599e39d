// Archives from elsewhere, unpacked without trust.
#pragma once

#include "engine/core/result.h"

#include <atomic>
#include <filesystem>

namespace convscope {

// Unpacks a .tar.gz into an empty folder. Refused, with an error that names the archive and the entry, are entries that
// would lie outside the folder, anything but files and folders (links above all), and archives of an absurd size; what
// had been unpacked by then stays for the caller to remove. Stops with an error soon after *cancelled became true.
Result<void> unpack_tar_gz(const std::filesystem::path& archive, const std::filesystem::path& folder,
                           const std::atomic<bool>* cancelled = nullptr);

}  // namespace convscope
