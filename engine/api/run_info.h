// What stays the same through a run.
#pragma once

#include "engine/api/network_description.h"
#include "engine/api/recipe.h"
#include "engine/core/types.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace convscope {

class Dataset;  // engine/api/dataset.h

struct DatasetInfo {
    std::string name;    // "MNIST", "drawn digits"
    std::string source;  // where it came from: a folder, or "generated from seed 0"
    std::string option;  // the --data that opens this very set again, from any folder; empty: not known
    std::int64_t train_count = 0;
    std::int64_t test_count = 0;
    std::int64_t channels = 1;
    std::int64_t height = 28;
    std::int64_t width = 28;
    std::vector<std::string> class_names;  // one per class, UTF-8
    // How others' pictures are made like these, where the source knows; what is Auto is measured when a run begins.
    PictureConvention pictures = {};
    std::string prepared = {};         // "1,200 of 1,500 pictures: resized, made grey"; empty: all are as found
    std::string measured_on = "test";  // what Split::Test is: "test", or "validation" where some were held out
    std::string notice = {};           // a sentence on files that were left out of it; empty: none
    bool split_by_chance = false;      // nobody said which pictures are to test with: a sixth was taken
};

struct BranchPoint {
    RunId lane;                  // RunLane::id
    std::int64_t iteration = 0;  // the last one that they have in common
};

struct RunInfo {
    RunId run;
    Recipe recipe;  // in effect, command line included
    NetworkDescription network;
    DatasetInfo data;
    std::shared_ptr<const Dataset> dataset;  // the pictures themselves; any thread may read them. Null in some tests
    // What the recipe's augmentation makes of a training picture in an epoch: bytes in, as many out. Any thread; empty
    // when it has none.
    std::function<void(std::span<const std::uint8_t> in, std::int64_t epoch, std::int64_t index,
                       std::span<std::uint8_t> out)>
        augment;
    std::uint64_t seed = 0;
    int threads = 0;           // LibTorch's intra-op threads, at the start
    int blas_threads = 0;      // the BLAS library's own, likewise; 0 when it cannot be told
    std::string device;        // "cpu", "cuda"
    std::string library = {};  // that trains: "LibTorch 1.13.1"
    // What computes, and with which of its kernels the BLAS library does: "Intel Xeon Platinum, OpenBLAS SkylakeX". On
    // another one sums are added up in another order, and the last bits differ. Empty: not known.
    std::string machine = {};
    // The file in the run's own folder that it is saved to by itself, wherever that folder had to go; empty: none.
    std::string checkpoint = {};
    std::string weights_from = {};  // the file that the run's first weights are those of; empty: drawn from the seed
    std::optional<BranchPoint> branched_from = {};  // none: it began by itself, or in another session
    std::string weights_key = {};                   // which of that file's, where somebody said so
};

// A run that another has taken the place of, and that command::BringBack brings back.
struct SetAsideRun {
    RunId run;
    std::string recipe;  // its name
    std::int64_t iteration = 0;
    std::string file = {};  // that it was saved to as it was set aside; empty: it has none
};

}  // namespace convscope
