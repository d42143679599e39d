// A data set of one's own: a folder of pictures per class.
#pragma once

#include "engine/api/dataset.h"
#include "engine/core/result.h"
#include "engine/data/picture_convention.h"

#include <filesystem>
#include <memory>

namespace convscope {

// Of all pictures together, as they are kept.
inline constexpr std::int64_t kMaxFolderImageBytes = std::int64_t{4} << 30;

// Opens train/<class>/* and test/<class>/* (also called training, testing, val and validation), or, where there is no
// train/, <class>/*; PNG, JPEG, WebP, GIF, TIFF and BMP files count, anything hidden and any other file does not.
// Classes and, within a class, pictures are in the order of their names. Without a folder for testing, about a sixth of
// the pictures is taken for it: those whose file name says so by its CRC-32, hence always the same ones; the first of a
// class always trains.
//
// Every picture is brought to `wanted` (prepare_picture(); info().prepared says how many needed it). All are read and
// decoded here, on every processor. An error names the picture or the folder.
Result<std::shared_ptr<const Dataset>> open_image_folder(const std::filesystem::path& folder,
                                                         const PictureFormat& wanted);

// Whether there is at least one picture in such a place, so that the folder is meant as such a set.
bool holds_image_folders(const std::filesystem::path& folder);

}  // namespace convscope
