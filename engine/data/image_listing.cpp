#include "engine/data/image_listing.h"

#include "engine/core/plain_file.h"
#include "engine/core/utf8.h"
#include "engine/data/image_file.h"
#include "engine/data/wording.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

namespace convscope {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kTestShare = 6;  // one picture in so many
constexpr int kMaxDepth = 32;            // of folders below a class

constexpr std::array<std::string_view, 2> kTrainNames{"train", "training"};
constexpr std::array<std::string_view, 4> kTestNames{"test", "testing", "val", "validation"};

std::string in_small_letters(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

// What is not the user's own: hidden, or put there by an archiver, a file manager or a disk station.
bool is_litter(const fs::path& name) {
    constexpr std::array<std::string_view, 7> kKnown{
        "__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "$recycle.bin", "system volume information"};
    const std::string small = in_small_letters(name.string());
    return small.starts_with('.') || std::find(kKnown.begin(), kKnown.end(), small) != kKnown.end();
}

// The names in one folder, sorted.
struct Entries {
    std::vector<fs::path> folders;
    std::vector<fs::path> files;     // whatever is no folder
    std::optional<Error> problem{};  // why they are not all of them
};

Entries entries(const fs::path& folder) {
    Entries found;
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
        const fs::path name = entry->path().filename();
        if (is_litter(name)) continue;
        std::error_code ignored;
        (entry->is_directory(ignored) ? found.folders : found.files).push_back(name);
    }
    std::sort(found.folders.begin(), found.folders.end());
    std::sort(found.files.begin(), found.files.end());
    // Which also finds one whose names may be read, but not what they are.
    found.problem = failed ? file_problem(folder, "read", failed.value()) : out_of_reach(folder);
    return found;
}

bool is_picture(const fs::path& path) {
    std::error_code ignored;
    return has_image_name(path) && fs::is_regular_file(path, ignored);
}

// Tells `visit` of every folder from this one down, and of what is in it, until it returns false; false then, too.
// Follows links, but enters no folder twice.
template <typename Visit>
bool walk(const fs::path& folder, std::set<fs::path>& entered, int depth, const Visit& visit) {
    if (depth > kMaxDepth) return true;
    std::error_code failed;
    const fs::path place = fs::canonical(folder, failed);
    if (!failed && !entered.insert(place).second) return true;
    Entries here;
    if (failed)
        here.problem = file_problem(folder, "read", failed.value());
    else
        here = entries(folder);
    if (!visit(folder, here)) return false;
    return std::all_of(here.folders.begin(), here.folders.end(),
                       [&](const fs::path& name) { return walk(folder / name, entered, depth + 1, visit); });
}

bool holds_picture(const fs::path& folder) {
    std::set<fs::path> entered;
    return !walk(folder, entered, 0, [](const fs::path& where, const Entries& here) {
        return std::none_of(here.files.begin(), here.files.end(),
                            [&](const fs::path& file) { return is_picture(where / file); });
    });
}

void skip(const fs::path& file, SkippedFiles& skipped) {
    if (skipped.count++ == 0) skipped.first = file;
}

// The pictures of one class. An error where a folder cannot be read: a set without its pictures is another one.
Result<std::vector<fs::path>> pictures_below(const fs::path& folder, SkippedFiles& skipped) {
    std::vector<std::pair<fs::path, std::vector<fs::path>>> visited;
    std::set<fs::path> entered;
    std::optional<Error> problem;
    walk(folder, entered, 0, [&](const fs::path& where, const Entries& here) {
        problem = here.problem;
        visited.emplace_back(where, here.files);
        return !problem;
    });
    if (problem) return *problem;
    // As Python sorts what os.walk gives: by the folders' whole paths as text, in which "a-b" goes before "a/b".
    std::sort(visited.begin(), visited.end(),
              [](const auto& a, const auto& b) { return a.first.native() < b.first.native(); });
    std::vector<fs::path> pictures;
    for (const auto& [where, files] : visited)
        for (const fs::path& file : files)
            if (is_picture(where / file))
                pictures.push_back(where / file);
            else
                skip(where / file, skipped);
    return pictures;
}

// The part of a set that is called one of these; empty when there is none. A class may be called "train" too: a part is
// a folder of folders.
fs::path part(const fs::path& folder, const std::vector<fs::path>& names, std::span<const std::string_view> wanted) {
    for (const std::string_view one : wanted)
        for (const fs::path& name : names)
            if (in_small_letters(name.string()) == one) {
                const Entries inside = entries(folder / name);
                const std::vector<fs::path>& below = inside.folders;
                if (inside.problem) return folder / name;  // which is said of it later
                if (below.size() == 1 && below.front() == name) return folder / name / name;  // as some archives unpack
                if (!below.empty()) return folder / name;
            }
    return {};
}

bool is_part_name(const fs::path& name) {
    const std::string small = in_small_letters(name.string());
    const auto is = [&small](std::string_view known) { return small == known; };
    return std::any_of(kTrainNames.begin(), kTrainNames.end(), is) ||
           std::any_of(kTestNames.begin(), kTestNames.end(), is);
}

struct Layout {
    fs::path classes;  // the folder that has one for each class: the training part, else the one for testing, else all
    fs::path test;     // empty: a part of the former's pictures
};

Layout layout_of(const fs::path& folder) {
    const std::vector<fs::path> names = entries(folder).folders;
    const fs::path train = part(folder, names, kTrainNames);
    const fs::path test = part(folder, names, kTestNames);
    if (!train.empty()) return {train, test};
    if (!test.empty() && std::all_of(names.begin(), names.end(), is_part_name)) return {test, test};
    return {folder, {}};
}

bool drawn_for_testing(const fs::path& path) {
    const std::string name = path.filename().string();
    return crc32(0, reinterpret_cast<const Bytef*>(name.data()), static_cast<uInt>(name.size())) % kTestShare == 0;
}

// Takes some of the training pictures to test with.
void split(ImageListing& listing) {
    listing.split_by_chance = true;
    std::vector<ListedImage> train;
    int previous = -1;
    for (ListedImage& image : listing.train) {
        const bool first = std::exchange(previous, image.label) != image.label;
        (!first && drawn_for_testing(image.path) ? listing.test : train).push_back(std::move(image));
    }
    listing.train = std::move(train);
    if (!listing.test.empty()) return;
    // Too few for chance to have found one.
    const auto same = [](const ListedImage& a, const ListedImage& b) { return a.label == b.label; };
    const auto pair = std::adjacent_find(listing.train.begin(), listing.train.end(), same);
    if (pair == listing.train.end()) {
        listing.split_by_chance = false;
        return std::swap(listing.train, listing.test);
    }
    listing.test.push_back(*(pair + 1));
    listing.train.erase(pair + 1);
}

}  // namespace

Result<ImageListing> list_images(const fs::path& folder) {
    const Layout layout = layout_of(folder);
    const Entries top = entries(layout.classes);
    if (top.problem) return *top.problem;
    ImageListing listing;
    for (const fs::path& file : top.files) skip(layout.classes / file, listing.skipped);
    for (const fs::path& name : top.folders) {
        const auto label = static_cast<int>(listing.class_names.size());
        Result<std::vector<fs::path>> found = pictures_below(layout.classes / name, listing.skipped);
        if (!found) return found.error();
        std::vector<fs::path>& pictures = found.value();
        if (pictures.empty())
            return Error{ErrorCode::NotFound, "there is no " + std::string(kImageKinds) + " file in " +
                                                  in_quotes((layout.classes / name).string()) +
                                                  "; every folder there is a class: give it pictures or remove it"};
        for (fs::path& picture : pictures) listing.train.push_back({std::move(picture), label});
        listing.class_names.push_back(readable(name.string()));
    }
    if (listing.train.empty())
        return Error{ErrorCode::NotFound, "there is no folder of pictures in " + in_quotes(layout.classes.string()) +
                                              "; put the " + kImageKinds +
                                              " files of each class into a folder of its own"};
    if (layout.test.empty()) {
        split(listing);
        return listing;
    }
    if (layout.test == layout.classes) {
        std::swap(listing.train, listing.test);
        return listing;
    }
    const Entries tests = entries(layout.test);
    if (tests.problem) return *tests.problem;
    for (const fs::path& file : tests.files) skip(layout.test / file, listing.skipped);
    for (const fs::path& name : tests.folders) {
        Result<std::vector<fs::path>> found = pictures_below(layout.test / name, listing.skipped);
        if (!found) return found.error();
        std::vector<fs::path>& pictures = found.value();
        if (pictures.empty()) continue;
        const auto known = std::lower_bound(top.folders.begin(), top.folders.end(), name);
        if (known == top.folders.end() || *known != name)
            return Error{ErrorCode::NotFound, in_quotes((layout.test / name).string()) + " has no counterpart in " +
                                                  in_quotes(layout.classes.string()) +
                                                  "; both must have the same classes"};
        for (fs::path& picture : pictures)
            listing.test.push_back({std::move(picture), static_cast<int>(known - top.folders.begin())});
    }
    if (listing.test.empty())
        return Error{ErrorCode::NotFound,
                     "there is no picture to test with in " + in_quotes(layout.test.string()) + "; add some"};
    return listing;
}

bool holds_image_folders(const fs::path& folder) {
    const fs::path classes = layout_of(folder).classes;
    const std::vector<fs::path> names = entries(classes).folders;
    return std::any_of(names.begin(), names.end(), [&](const fs::path& name) { return holds_picture(classes / name); });
}

std::optional<Error> unreadable_folder(const fs::path& folder) {
    constexpr int kLevels = 2;  // a part of a set, and its classes
    std::set<fs::path> entered;
    std::optional<Error> problem;
    walk(folder, entered, kMaxDepth - kLevels, [&problem](const fs::path&, const Entries& here) {
        problem = here.problem;
        return !problem;
    });
    return problem;
}

fs::path wrapped_folder(const fs::path& folder) {
    const Entries here = entries(folder);
    if (here.folders.size() != 1 || is_part_name(here.folders.front())) return {};
    const auto any_picture = [](const fs::path& where, const std::vector<fs::path>& files) {
        return std::any_of(files.begin(), files.end(), [&](const fs::path& file) { return is_picture(where / file); });
    };
    const fs::path inner = folder / here.folders.front();
    const bool pictures = any_picture(folder, here.files) || any_picture(inner, entries(inner).files);
    return pictures ? fs::path() : inner;
}

}  // namespace convscope
