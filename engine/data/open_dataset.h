// The one place that decides which data the program learns from.
#pragma once

#include "engine/api/dataset.h"
#include "engine/core/result.h"
#include "engine/data/picture_convention.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace convscope {

// `option` is the value of --data:
//
//   ""                              $CONVSCOPE_DATA when set (read like this option), else the user's folder "mnist"
//                                   when there is one that can be read, else drawn digits; what a folder lacks, as
//                                   after a download that has failed, is their DatasetInfo::notice then
//   "drawn", "digits"               drawn digits, generated from `seed`
//   "drawn:3"                       drawn digits, generated from the seed that is named
//   "mnist", "fashion-mnist",       the user's folder of that name, see user_dataset_folder()
//     "kmnist", "emnist", "cifar10"
//   "emnist-letters", ...           that split of EMNIST in the user's folder "emnist"
//   a folder                        IDX files (open_idx_dataset), CIFAR-10's binary batches (open_cifar_dataset), a
//                                   folder of images per class (open_image_folder), or the folder that torchvision
//                                   downloaded one set of IDX files into
//
// A name goes before a folder that is called the same: write "./mnist" for that. Data that were asked for and cannot be
// read are an error, never silently something else; the error for what is unknown lists what can be given.
//
// Picture files, and IDX files of another size, are brought to `wanted`, the form that a recipe's network takes;
// batches and drawn digits are as they are.
Result<std::shared_ptr<const Dataset>> open_dataset(std::string_view option, std::uint64_t seed,
                                                    const PictureFormat& wanted);

// What is asked for with that option: itself, or for "" what the environment says; empty: nothing.
std::string asked_for_data(std::string_view option);

// Where a named data set lies: $XDG_DATA_HOME/convscope/<name>, by default ~/.local/share/convscope/<name>. The folder
// need not exist. An error when not even the home folder is known.
Result<std::filesystem::path> user_dataset_folder(std::string_view name);

}  // namespace convscope
