#include "engine/formats/torch_file.h"

#include "engine/formats/foreign_file.h"
#include "engine/formats/pickle_machine.h"
#include "engine/formats/pickle_writer.h"
#include "engine/formats/zip_writer.h"

#include <zip.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace convscope {
namespace {

constexpr const char* kCopyAgain = "; copy it, or save it, again";

Error corrupt(std::string_view name, const std::string& what) {
    return Error{ErrorCode::Corrupt, std::string(name) + ": " + what};
}
Error unsupported(std::string_view name, const std::string& what) {
    return Error{ErrorCode::Unsupported, std::string(name) + ": " + what};
}

Error named(std::string_view name, const Error& error) {
    return Error{error.code, std::string(name) + ": " + error.message};
}

std::string save_again() { return "; " + std::string(kSaveAgain); }

// A zip archive in memory. Entries are read whole, and all of them together may not be larger than the archive, which
// uncompressed entries never are: so an archive that lists the same bytes many times over cannot fill the memory.
class Archive {
public:
    explicit Archive(std::string_view bytes) : unread_(bytes.size()) {
        zip_error_t error;
        zip_error_init(&error);
        zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
        if (source) archive_ = zip_open_from_source(source, ZIP_RDONLY, &error);
        if (source && !archive_) zip_source_free(source);
        if (!archive_) problem_ = zip_error_strerror(&error);
        zip_error_fini(&error);
    }
    ~Archive() {
        if (archive_) zip_discard(archive_);
    }
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;

    // Why it could not be opened; empty when it was.
    const std::string& problem() const { return problem_; }

    bool has(const std::string& entry) const { return zip_name_locate(archive_, entry.c_str(), 0) >= 0; }

    // The name of the first entry that is `tail` or ends in "/<tail>"; empty when there is none.
    std::string find(std::string_view tail) const {
        for (const std::string& entry : names())
            if (entry == tail || entry.ends_with("/" + std::string(tail))) return entry;
        return {};
    }

    std::vector<std::string> names() const {
        std::vector<std::string> all;
        const zip_int64_t count = zip_get_num_entries(archive_, 0);
        for (zip_int64_t i = 0; i < count; ++i)
            if (const char* found = zip_get_name(archive_, static_cast<zip_uint64_t>(i), 0)) all.emplace_back(found);
        return all;
    }

    // Its errors do not name the archive: parse_pickle() does, for what it has asked for.
    Result<std::string> read(const std::string& entry) {
        const zip_int64_t index = zip_name_locate(archive_, entry.c_str(), 0);
        zip_stat_t stat;
        zip_stat_init(&stat);
        if (index < 0 || zip_stat_index(archive_, static_cast<zip_uint64_t>(index), 0, &stat) != 0)
            return Error{ErrorCode::Corrupt, "it is damaged (its entry '" + entry + "' is missing)" + kCopyAgain};
        constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
        if ((stat.valid & kNeeded) != kNeeded || stat.comp_method != ZIP_CM_STORE)
            return Error{ErrorCode::Unsupported,
                         "its entry '" + entry + "' is compressed, which torch.save never does" + save_again()};
        if (stat.size != stat.comp_size || stat.size > unread_)
            return Error{ErrorCode::Corrupt,
                         "it is damaged (its entry '" + entry + "' cannot be as large as it says)" + kCopyAgain};
        unread_ -= stat.size;

        std::string bytes(stat.size, '\0');
        zip_file_t* file = zip_fopen_index(archive_, static_cast<zip_uint64_t>(index), 0);
        zip_int64_t got = 0;
        std::size_t size = 0;
        while (file && size < bytes.size() && (got = zip_fread(file, bytes.data() + size, bytes.size() - size)) > 0)
            size += static_cast<std::size_t>(got);
        char beyond = 0;  // libzip compares the checksum when it meets the entry's end
        const bool whole = file && size == bytes.size() && zip_fread(file, &beyond, 1) == 0;
        if (file) zip_fclose(file);
        if (!whole)
            return Error{ErrorCode::Corrupt,
                         "it is damaged (its entry '" + entry + "' is not what its checksum says)" + kCopyAgain};
        return bytes;
    }

private:
    std::size_t unread_;  // bytes that entries may still take
    zip_t* archive_ = nullptr;
    std::string problem_;
};

// torch/serialization.py, MAGIC_NUMBER = 0x1950a86a20f9469cfc6c, as a pickle of any protocol begins with it.
bool is_old_torch_file(std::string_view bytes) {
    using namespace std::string_view_literals;
    constexpr std::string_view kMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv;
    constexpr std::size_t kBefore = 11;  // PROTO and FRAME
    return bytes.substr(0, kBefore + kMagic.size()).find(kMagic) != std::string_view::npos;
}

// Room for tensors that share storages or repeat elements, in proportion to what is there.
PickleLimits limits_for(std::size_t file_size) {
    PickleLimits limits;
    limits.elements = std::max(std::size_t{1} << 20, 4 * file_size);
    return limits;
}

Result<PickleValue> parse_torch_archive(std::string_view bytes, std::string_view name) {
    Archive archive(bytes);
    if (!archive.problem().empty())
        return corrupt(name, "it is not a whole file of torch.save (" + archive.problem() + ")" + kCopyAgain);
    const std::string pickle_name = archive.find("data.pkl");
    if (pickle_name.empty()) return foreign_archive(archive.names(), name);
    const std::string prefix = pickle_name.substr(0, pickle_name.size() - std::string_view("data.pkl").size());
    if (archive.has(prefix + "byteorder")) {
        const auto order = archive.read(prefix + "byteorder");
        if (!order) return named(name, order.error());
        if (order.value() != "little")
            return unsupported(name, "its numbers are big-endian; save it on a little-endian machine (x86, ARM)");
    }
    const auto pickle = archive.read(pickle_name);
    if (!pickle) return named(name, pickle.error());

    const LoadStorages load_storages = [&](const std::vector<StorageRequest>& wanted,
                                           std::string_view) -> Result<std::vector<SharedBytes>> {
        std::vector<SharedBytes> storages;
        std::unordered_map<std::string, SharedBytes> known;
        for (const StorageRequest& one : wanted) {
            SharedBytes& storage = known[one.key];
            if (!storage && one.is_needed) {
                auto read = archive.read(prefix + "data/" + one.key);
                if (!read) return read.error();
                storage = SharedBytes(std::move(read).value());
            }
            storages.push_back(storage);
        }
        return storages;
    };
    return parse_pickle(pickle.value(), name, load_storages, limits_for(bytes.size()));
}

// Pickles one after the other: a magic number, the format's version, sizes of C's types, the value, the keys of its
// storages; then of each storage how many elements it has (int64), and those.
Result<PickleValue> parse_old_torch_file(std::string_view bytes, std::string_view name) {
    std::string_view rest = bytes;
    const auto next_pickle = [&]() {
        return parse_pickle(
            rest, name,
            [&](const std::vector<StorageRequest>& wanted, std::string_view after) -> Result<std::vector<SharedBytes>> {
                if (!wanted.empty()) return Error{ErrorCode::Corrupt, "it is damaged (a storage in its heading)"};
                rest = after;
                return std::vector<SharedBytes>{};
            });
    };
    if (const auto magic_number = next_pickle(); !magic_number) return magic_number.error();
    const auto version = next_pickle();
    if (!version) return version.error();
    constexpr std::int64_t kVersion = 1001;  // torch/serialization.py, PROTOCOL_VERSION
    const auto* number = version.value().as<std::int64_t>();
    if (!number || *number != kVersion)
        return unsupported(name, "it is in an unknown version of the format before PyTorch 1.6" + save_again());
    const auto system = next_pickle();
    if (!system) return system.error();
    const PickleValue* little = system.value().find("little_endian");
    if (little && little->as<bool>() && !*little->as<bool>())
        return unsupported(name, "its numbers are big-endian; save it on a little-endian machine (x86, ARM)");

    const LoadStorages load_storages = [&](const std::vector<StorageRequest>& wanted,
                                           std::string_view after) -> Result<std::vector<SharedBytes>> {
        rest = after;
        const auto keys = next_pickle();
        if (!keys) return Error{ErrorCode::Corrupt, "the list of its storages is damaged" + std::string(kCopyAgain)};
        const auto* list = keys.value().as<PickleValue::List>();
        std::unordered_map<std::string_view, std::vector<std::size_t>>
            places;  // one that has several types is there once
        for (std::size_t i = 0; i < wanted.size(); ++i) places[wanted[i].key].push_back(i);
        std::vector<SharedBytes> storages(wanted.size());
        for (std::size_t i = 0; list && i < list->size(); ++i) {
            const auto* key = (*list)[i].as<std::string>();
            const auto place = key ? places.find(*key) : places.end();
            std::uint64_t count = 0;
            if (place == places.end() || rest.size() < sizeof count)
                return Error{ErrorCode::Corrupt, "the list of its storages is damaged" + std::string(kCopyAgain)};
            std::memcpy(&count, rest.data(), sizeof count);
            rest.remove_prefix(sizeof count);
            const std::size_t width = wanted[place->second.front()].width;
            if (width == 0) return Error{ErrorCode::Unsupported, "it has tensors of unknown elements" + save_again()};
            if (count > rest.size() / width)
                return Error{ErrorCode::Corrupt, "it ends within a storage" + std::string(kCopyAgain)};
            const SharedBytes storage(std::string(rest.substr(0, count * width)));
            for (const std::size_t one : place->second) storages[one] = storage;
            rest.remove_prefix(count * width);
        }
        if (!std::all_of(storages.begin(), storages.end(), [](const SharedBytes& one) { return bool(one); }))
            return Error{ErrorCode::Corrupt, "one of its storages is missing" + std::string(kCopyAgain)};
        return storages;
    };
    return parse_pickle(rest, name, load_storages, limits_for(bytes.size()));
}

}  // namespace

bool is_torch_file(std::string_view bytes) { return bytes.starts_with("PK") || is_old_torch_file(bytes); }

Result<PickleValue> parse_torch_file(std::string_view bytes, std::string_view name) {
    if (bytes.starts_with("PK")) return parse_torch_archive(bytes, name);
    if (is_old_torch_file(bytes)) return parse_old_torch_file(bytes, name);
    return foreign_file(bytes, name);
}

std::string torch_file_of(const PickleValue& value) {
    const Pickle pickle = pickle_of(value);
    constexpr std::size_t kAround = 256;  // a record's headers, its name twice, and what aligns it
    std::size_t expected = pickle.bytes.size() + 4 * kAround;
    for (const SharedBytes& storage : pickle.storages) expected += storage.size() + kAround;
    ZipWriter archive(expected);
    archive.add("archive/data.pkl", pickle.bytes);
    for (std::size_t i = 0; i < pickle.storages.size(); ++i)
        archive.add("archive/data/" + std::to_string(i), pickle.storages[i].view());
    archive.add("archive/version", "3\n");
    return std::move(archive).finish();
}

}  // namespace convscope
