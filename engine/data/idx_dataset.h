// MNIST and sets laid out like it: folders of IDX files.
#pragma once

#include "engine/api/dataset.h"
#include "engine/core/result.h"
#include "engine/data/picture_convention.h"

#include <filesystem>
#include <memory>
#include <string_view>

namespace convscope {

// Opens the four files of MNIST or of a set laid out like it: {train,t10k}-{images-idx3,labels-idx1}-ubyte, for EMNIST
// emnist-<split>-{train,test}-..., also with a dot for the second hyphen ("train-images.idx3-ubyte"), each plain or
// compressed (".gz"), and each possibly in a folder that is called like it. The two files for testing alone are a set
// without training images. Images may have any size, classes any number up to 256: idx_sets.h says which sets are
// recognised and how others are called. Where a folder holds several splits of EMNIST, `emnist_split` ("letters") says
// which; empty takes the first of kEmnistSplits. EMNIST's images are turned upright, and the labels of its letters
// begin at 0. Images that have, upright, the size and the one channel of `wanted` stay as they are, bit by bit; others
// are brought to it as picture files are (prepare_picture()), on every processor, and info().prepared says so. Every
// problem with a file is an error that names it.
Result<std::shared_ptr<const Dataset>> open_idx_dataset(const std::filesystem::path& folder,
                                                        const PictureFormat& wanted,
                                                        std::string_view emnist_split = {});

// Whether there is at least one of those files, so that the folder is meant as such a set.
bool holds_idx_files(const std::filesystem::path& folder);

}  // namespace convscope
