// A data set of one's own: a folder of pictures per class.
#pragma once

#include "engine/api/dataset.h"
#include "engine/core/result.h"
#include "engine/data/picture_convention.h"

#include <filesystem>
#include <memory>

namespace convscope {

// Opens the pictures that list_images() (image_listing.h) finds, in its order and with its classes.
//
// Every picture is brought to `wanted` (prepare_picture(); info().prepared says how many needed it). All are read and
// decoded here, on every processor. What cannot be read is left out and told in info().notice, as are files of other
// kinds; an error when a class has nothing left.
Result<std::shared_ptr<const Dataset>> open_image_folder(const std::filesystem::path& folder,
                                                         const PictureFormat& wanted);

}  // namespace convscope
