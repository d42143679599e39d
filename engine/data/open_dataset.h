// The one place that decides which data the program learns from.
#pragma once

#include "engine/api/dataset.h"
#include "engine/core/result.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace convscope {

// `option` is the value of --data:
//   ""       $CONVSCOPE_DATA when set (read like this option), else the user's MNIST folder when it exists, else drawn
//   digits "drawn"  or "digits": drawn digits, generated from `seed` "mnist"  the user's MNIST folder:
//   $XDG_DATA_HOME/convscope/mnist, by default ~/.local/share/convscope/mnist a path   a folder with the four files of
//   MNIST, see open_idx_dataset()
// Data that were asked for and cannot be read are an error, never silently something else.
Result<std::shared_ptr<const Dataset>> open_dataset(std::string_view option, std::uint64_t seed);

}  // namespace convscope
