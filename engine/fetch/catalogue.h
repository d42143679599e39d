// The public data sets that can be fetched: where they lie, and what tells that they arrived unharmed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

struct RemoteFile {
    std::string name;        // on the mirrors and here
    std::string md5;         // 32 hexadecimal digits, in small letters
    std::int64_t bytes = 0;  // no mirror is listened to beyond these; 0: not known
};

struct RemoteSet {
    std::string name;                  // "fashion-mnist": as --data takes it, and its folder's name
    std::string title;                 // "Fashion-MNIST"
    std::vector<std::string> mirrors;  // addresses that a file's name is put behind; the first that works is taken
    std::vector<RemoteFile> files;
    // For a set that comes as one .tar.gz: what that holds, from the set's folder. The archive is unpacked, then
    // removed. Empty: the files are kept as they come.
    std::vector<std::string> unpacked;
    std::string terms = {};  // who made it, and what they allow
    std::int64_t channels = 1;
    std::int64_t side = 28;  // of its pictures, pixels
};

// The program's own catalogue, in the order in which the sets are offered.
std::span<const RemoteSet> fetchable_sets();

// Null when there is no such set in the catalogue.
const RemoteSet* find_set(std::span<const RemoteSet> catalogue, std::string_view name);

// "mnist, fashion-mnist, kmnist, cifar10"
std::string names_of(std::span<const RemoteSet> catalogue);

}  // namespace convscope
