// The published data sets that come as IDX files: what they are called, what their classes are, and how their files
// differ from MNIST's.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// EMNIST is published in six splits, one pair of files each ("emnist-letters-train-images-idx3-ubyte"). In the order in
// which one is taken when a folder holds several and nobody said which.
inline constexpr std::array<std::string_view, 6> kEmnistSplits{"balanced", "letters", "digits",
                                                               "mnist",    "byclass", "bymerge"};

struct IdxSet {
    std::string name;                      // "Fashion-MNIST", "EMNIST letters"
    std::vector<std::string> class_names;  // one per class
    int first_label = 0;                   // of the first class, in the files
    bool transposed = false;               // the files hold an image's columns where its rows belong
};

// What is known of a set before its images are read.
struct IdxSetTraits {
    std::filesystem::path folder;
    std::string_view emnist_split;  // from the files' names; empty for plain ones
    std::int64_t height = 0;        // pixels
    std::int64_t width = 0;
    int highest_label = 0;  // of the training images; of the test images where there are no others
};

// A set is recognised by the names of its files (EMNIST) or of its folder, where "raw", as PyTorch calls it, stands for
// the folder above; ten classes of 28x28 pixels are otherwise MNIST. Anything else, and a set that has more classes
// than the one its folder is named after, is called like its folder and has numbers for class names.
IdxSet recognise_idx_set(const IdxSetTraits& traits);

}  // namespace convscope
