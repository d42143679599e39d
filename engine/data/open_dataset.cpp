#include "engine/data/open_dataset.h"

#include "engine/core/plain_file.h"
#include "engine/data/cifar_dataset.h"
#include "engine/data/drawn_digits.h"
#include "engine/data/idx_dataset.h"
#include "engine/data/idx_sets.h"
#include "engine/data/image_folder.h"
#include "engine/data/image_listing.h"
#include "engine/data/packed_archive.h"
#include "engine/data/wording.h"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

namespace {

namespace fs = std::filesystem;
using Opened = Result<std::shared_ptr<const Dataset>>;

// An environment variable's value; an empty one counts as not set, as the XDG specification asks for.
std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

bool is_folder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

constexpr const char* kCanBeGiven =
    "; give mnist, fashion-mnist, kmnist, emnist (emnist-letters, ...), cifar10, a folder with a set's IDX files, with "
    "CIFAR-10's binary batches or with a folder of images per class, or use --data drawn for drawn "
    "digits";

// The digits that "drawn:3" names by their seed.
Opened drawn_by_seed(std::string_view name) {
    const std::string_view number = name.substr(kDrawnOption.size() + 1);
    std::uint64_t seed = 0;
    const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), seed);
    if (problem == std::errc() && end == number.data() + number.size()) return make_drawn_digits(seed);
    return Error{ErrorCode::InvalidArgument,
                 in_quotes(name) + " names no drawn digits: their seed is a whole number from 0 to " +
                     std::to_string(std::numeric_limits<std::uint64_t>::max()) + ", as in drawn:3"};
}

// The split that "emnist-letters" asks for; empty for "emnist". Nothing for any other name.
std::optional<std::string_view> emnist_split(std::string_view name) {
    if (name == "emnist") return "";
    for (const std::string_view split : kEmnistSplits)
        if (name == "emnist-" + std::string(split)) return split;
    return std::nullopt;
}

// A data set's own folder, which must be there.
Result<fs::path> present_user_folder(std::string_view name, const std::string& remedy) {
    Result<fs::path> folder = user_dataset_folder(name);
    if (!folder) return folder;
    if (std::optional<Error> hidden = out_of_reach(folder.value())) return *std::move(hidden);
    if (!is_folder(folder.value()))
        return Error{ErrorCode::NotFound, "there is no folder " + in_quotes(folder.value().string()) + "; " + remedy +
                                              ", or use --data drawn for drawn digits"};
    return folder;
}

// torchvision unpacks MNIST into <root>/MNIST/raw; what it was told and each folder below may be meant.
std::vector<fs::path> torchvision_folders(const fs::path& root) {
    std::vector<fs::path> found;
    for (const char* below : {"raw", "MNIST/raw", "FashionMNIST/raw", "KMNIST/raw", "EMNIST/raw"})
        if (holds_idx_files(root / below)) found.push_back(root / below);
    return found;
}

constexpr int kMaxWrappers = 4;  // folders around the one that an archive was made of

Opened open_folder(const fs::path& folder, const PictureFormat& wanted, int wrappers = 0) {
    if (holds_idx_files(folder)) return open_idx_dataset(folder, wanted);
    if (holds_cifar_files(folder)) return open_cifar_dataset(folder);
    if (const std::vector<fs::path> sets = torchvision_folders(folder); !sets.empty()) {
        if (sets.size() == 1) return open_idx_dataset(sets.front(), wanted);
        std::string list;
        for (const fs::path& set : sets) list += (list.empty() ? "" : ", ") + in_quotes(set.string());
        return Error{ErrorCode::InvalidArgument,
                     in_quotes(folder.string()) + " holds several data sets; give one of " + list};
    }
    if (is_folder(folder / "cifar-10-batches-py"))
        return Error{ErrorCode::Unsupported, in_quotes(folder.string()) +
                                                 " holds CIFAR-10 as Python objects, which are not read; `convscope "
                                                 "fetch cifar10` downloads the binary version for --data cifar10"};
    if (const fs::path inner = wrapped_folder(folder); !inner.empty() && wrappers < kMaxWrappers)
        return open_folder(inner, wanted, wrappers + 1);
    if (holds_image_folders(folder)) return open_image_folder(folder, wanted);
    if (const fs::path archive = packed_archive_in(folder); !archive.empty())
        return Error{ErrorCode::NotFound,
                     "the data in " + in_quotes(folder.string()) + " are packed; " + how_to_unpack(archive)};
    if (std::optional<Error> unread = unreadable_folder(folder)) return *std::move(unread);
    return Error{ErrorCode::NotFound, "there is no data set in " + in_quotes(folder.string()) + kCanBeGiven};
}

// Anything but "".
Opened open_named(std::string_view name, std::uint64_t seed, const PictureFormat& wanted) {
    if (name == kDrawnOption || name == "digits") return make_drawn_digits(seed);
    if (name.starts_with(std::string(kDrawnOption) + ':')) return drawn_by_seed(name);
    if (name == "mnist" || name == "fashion-mnist" || name == "kmnist" || name == "cifar10") {
        const Result<fs::path> folder =
            present_user_folder(name, "`convscope fetch " + std::string(name) + "` downloads the data set");
        if (!folder) return folder.error();
        return name == "cifar10" ? open_cifar_dataset(folder.value()) : open_idx_dataset(folder.value(), wanted);
    }
    if (const std::optional<std::string_view> split = emnist_split(name)) {
        const Result<fs::path> folder = present_user_folder(
            "emnist",
            "put the files there that NIST publishes (www.nist.gov/itl/products-and-services/emnist-dataset)");
        if (!folder) return folder.error();
        return open_idx_dataset(folder.value(), wanted, *split);
    }
    const fs::path path(name);
    if (is_folder(path)) return open_folder(path, wanted);
    std::error_code ignored;
    if (const std::string unpacking = how_to_unpack(path); fs::exists(path, ignored) && !unpacking.empty())
        return Error{ErrorCode::InvalidArgument, in_quotes(name) + " is packed; " + unpacking};
    if (fs::exists(path, ignored))
        return Error{ErrorCode::InvalidArgument, in_quotes(name) + " is no folder; give the one that it lies in"};
    if (std::optional<Error> hidden = out_of_reach(path)) return *std::move(hidden);
    return Error{ErrorCode::NotFound, "there is no data set or folder " + in_quotes(name) + kCanBeGiven};
}

}  // namespace

Result<fs::path> user_dataset_folder(std::string_view name) {
    // "All paths set in these environment variables must be absolute. If [...] a relative path is encountered, it
    // should be considered invalid and ignored" (XDG Base Directory Specification 0.8).
    if (const fs::path data_home = environment("XDG_DATA_HOME"); data_home.is_absolute())
        return data_home / "convscope" / name;
    if (const std::string home = environment("HOME"); !home.empty())
        return fs::path(home) / ".local" / "share" / "convscope" / name;
    return Error{ErrorCode::NotFound, "the data set " + in_quotes(name) +
                                          " needs a home folder, but neither $XDG_DATA_HOME nor $HOME is set; name the "
                                          "folder itself"};
}

std::string asked_for_data(std::string_view option) {
    return option.empty() ? environment("CONVSCOPE_DATA") : std::string(option);
}

Opened open_dataset(std::string_view option, std::uint64_t seed, const PictureFormat& wanted) {
    if (!option.empty()) return open_named(option, seed, wanted);
    if (const std::string named = asked_for_data(option); !named.empty()) {
        Opened opened = open_named(named, seed, wanted);
        if (opened) return opened;
        return Error{opened.error().code, "$CONVSCOPE_DATA: " + opened.error().message};
    }
    const Result<fs::path> folder = user_dataset_folder("mnist");
    if (!folder) return make_drawn_digits(seed);
    if (const std::optional<Error> hidden = out_of_reach(folder.value()))
        return make_drawn_digits_instead(seed, hidden->message);
    if (!is_folder(folder.value())) return make_drawn_digits(seed);
    Opened own = open_idx_dataset(folder.value(), wanted);
    if (own) return own;
    return make_drawn_digits_instead(seed, own.error().message + "; `convscope fetch mnist` completes the set");
}

}  // namespace convscope
