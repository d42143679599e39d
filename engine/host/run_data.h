// What a new run learns from: data that are there, or a public set that is fetched first.
#pragma once

#include "engine/api/dataset.h"
#include "engine/core/result.h"
#include "engine/data/picture_convention.h"
#include "engine/fetch/catalogue.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace convscope {

struct RunDataOptions {
    std::span<const RemoteSet> sets = fetchable_sets();  // that are fetched where they are missing
    std::function<void(const std::string&)> say = {};  // before anything is fetched, and what went wrong; may be empty
    int stall_seconds = 30;                            // DownloadOptions
};

// `option` as open_dataset() takes it. Where it names one of the sets, and what is in the user's folder is not all of
// it, the set is fetched there, after saying what and how much; where that fails, as it does offline, the digits are
// drawn, whose DatasetInfo::notice says so. An Error where the option is one to open_dataset(), or the program was told
// to end meanwhile (interrupt.h).
Result<std::shared_ptr<const Dataset>> open_run_data(const std::string& option, std::uint64_t seed,
                                                     const PictureFormat& wanted, const RunDataOptions& options = {});

}  // namespace convscope
