// A data set of one's own: a folder of pictures per class.
#pragma once

#include "engine/api/dataset.h"
#include "engine/core/result.h"

#include <filesystem>
#include <memory>

namespace convscope {

// The largest height and width, in pixels, that pictures are kept at.
inline constexpr std::int64_t kMaxFolderImageSide = 256;
// Of all pictures together, as they are kept.
inline constexpr std::int64_t kMaxFolderImageBytes = std::int64_t{4} << 30;

// Opens the pictures that list_images() (image_listing.h) finds, in its order and with its classes.
//
// Every picture is brought to the size of the first one, or, where a side of that is longer than kMaxFolderImageSide,
// to that size scaled down; to one channel when all are grey, else to three. All are read and decoded here, on every
// processor. What cannot be read is left out and told in info().notice, as are files of other kinds; an error when a
// class has nothing left.
Result<std::shared_ptr<const Dataset>> open_image_folder(const std::filesystem::path& folder);

}  // namespace convscope
