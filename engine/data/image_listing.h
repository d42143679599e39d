// Which pictures a folder of one's own holds, in which order and of which class; opens none of them.
#pragma once

#include "engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

struct ListedImage {
    std::filesystem::path path;
    int label = 0;
};

// Files that are there and are not taken.
struct SkippedFiles {
    std::int64_t count = 0;
    std::filesystem::path first;  // in the order of the walk
};

struct ImageListing {
    std::vector<std::string> class_names;  // of the folders, readable UTF-8
    std::vector<ListedImage> train;        // class by class; may be empty
    std::vector<ListedImage> test;         // never empty
    SkippedFiles skipped;                  // of kinds that are not read
    bool split_by_chance = false;          // nobody said which pictures are to test with
};

// Finds train/<class>/** and test/<class>/** (also called training, testing, val and validation, in small or capital
// letters), test/<class>/** alone, or, where there is neither, <class>/**.
//
// Classes are in the order of their names as text (0, 1, 10, 2), and the pictures of a class in that in which
// torchvision's ImageFolder walks: those in its own folder first, then folder by folder below it, by name in each. So a
// network from Python and one from here number classes and pictures alike. Hidden files, and what systems and archives
// leave behind (__MACOSX, Thumbs.db), are as good as not there.
//
// Without a folder for testing, about a sixth of the pictures is taken for it: those whose file name says so by its
// CRC-32, hence always the same ones; the first of a class always trains. Where no class has more than one picture, all
// are to test with. An error names the folder; that one cannot be read is an error, as the set would be another.
Result<ImageListing> list_images(const std::filesystem::path& folder);

// The first folder, this one or one of those in which such a set has its pictures, that cannot be read, and why;
// nothing where all can: what is asked before a folder is said to hold nothing.
std::optional<Error> unreadable_folder(const std::filesystem::path& folder);

// Whether there is at least one picture in such a place, so that the folder is meant as such a set.
bool holds_image_folders(const std::filesystem::path& folder);

// The only folder that there is in this one, with no picture beside it and none directly in it: what an archive was
// unpacked into. Empty when there is no such thing, or when it is a part of this set ("test").
std::filesystem::path wrapped_folder(const std::filesystem::path& folder);

}  // namespace convscope
