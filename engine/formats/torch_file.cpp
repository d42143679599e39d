#include "engine/formats/torch_file.h"

#include "engine/core/whole_file.h"
#include "engine/formats/pickle_machine.h"

#include <zip.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace convscope {
namespace {

constexpr std::size_t kLargestFile = std::size_t{8} << 30;
constexpr const char* kCopyAgain = "; copy it, or save it, again";

Error corrupt(std::string_view name, const std::string& what) {
    return Error{ErrorCode::Corrupt, std::string(name) + ": " + what};
}
Error unsupported(std::string_view name, const std::string& what) {
    return Error{ErrorCode::Unsupported, std::string(name) + ": " + what};
}

// A zip archive in memory. Entries are read whole, and all of them together may not be larger than the archive, which
// uncompressed entries never are: so an archive that lists the same bytes many times over cannot fill the memory.
class Archive {
public:
    Archive(std::string_view bytes, std::string_view name) : name_(name), unread_(bytes.size()) {
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
        const zip_int64_t count = zip_get_num_entries(archive_, 0);
        for (zip_int64_t i = 0; i < count; ++i) {
            const char* found = zip_get_name(archive_, static_cast<zip_uint64_t>(i), 0);
            const std::string_view entry = found ? found : "";
            if (!entry.ends_with(tail)) continue;
            if (entry.size() == tail.size() || entry[entry.size() - tail.size() - 1] == '/') return std::string(entry);
        }
        return {};
    }

    Result<std::string> read(const std::string& entry) {
        const zip_int64_t index = zip_name_locate(archive_, entry.c_str(), 0);
        zip_stat_t stat;
        zip_stat_init(&stat);
        if (index < 0 || zip_stat_index(archive_, static_cast<zip_uint64_t>(index), 0, &stat) != 0)
            return corrupt(name_, "it is damaged (its entry '" + entry + "' is missing)" + kCopyAgain);
        constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
        if ((stat.valid & kNeeded) != kNeeded || stat.comp_method != ZIP_CM_STORE)
            return unsupported(name_, "its entry '" + entry +
                                          "' is compressed, which torch.save never does; save the weights again: "
                                          "torch.save(model.state_dict(), 'weights.pth')");
        if (stat.size != stat.comp_size || stat.size > unread_)
            return corrupt(name_,
                           "it is damaged (its entry '" + entry + "' cannot be as large as it says)" + kCopyAgain);
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
            return corrupt(name_,
                           "it is damaged (its entry '" + entry + "' is not what its checksum says)" + kCopyAgain);
        return bytes;
    }

private:
    std::string name_;
    std::size_t unread_;  // bytes that entries may still take
    zip_t* archive_ = nullptr;
    std::string problem_;
};

// What the bytes are that are no zip archive: the other things that people call "the model file".
Error not_an_archive(std::string_view bytes, std::string_view name, const std::string& problem) {
    using namespace std::string_view_literals;
    // torch/serialization.py, MAGIC_NUMBER = 0x1950a86a20f9469cfc6c, pickled.
    constexpr std::string_view kLegacy = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv;
    if (bytes.starts_with(kLegacy))
        return unsupported(name,
                           "it is in the format of PyTorch before 1.6; open and save it once with a newer PyTorch: "
                           "torch.save(torch.load('old.pth'), 'new.pth')");
    if (bytes.starts_with("\x80"))
        return unsupported(name,
                           "it is a plain pickle, not a file of torch.save; save the weights alone: "
                           "torch.save(model.state_dict(), 'weights.pth')");
    return corrupt(name, "it is not a whole file of torch.save (" + problem + ")" + kCopyAgain);
}

}  // namespace

Result<PickleValue> parse_torch_file(std::string_view bytes, std::string_view name) {
    if (bytes.empty()) return corrupt(name, std::string("it is empty") + kCopyAgain);
    Archive archive(bytes, name);
    if (!archive.problem().empty()) return not_an_archive(bytes, name, archive.problem());
    const std::string pickle_name = archive.find("data.pkl");
    if (pickle_name.empty())
        return unsupported(name, "it is a zip archive, but not one of torch.save (there is no data.pkl in it)");
    const std::string prefix = pickle_name.substr(0, pickle_name.size() - std::string_view("data.pkl").size());
    if (archive.has(prefix + "constants.pkl"))
        return unsupported(name,
                           "it is a TorchScript program; save its weights alone: "
                           "torch.save(torch.jit.load('program.pt').state_dict(), 'weights.pth')");
    if (archive.has(prefix + "byteorder")) {
        const auto order = archive.read(prefix + "byteorder");
        if (!order) return order.error();
        if (order.value() != "little")
            return unsupported(name, "its numbers are big-endian; save it on a little-endian machine (x86, ARM)");
    }
    const auto pickle = archive.read(pickle_name);
    if (!pickle) return pickle.error();

    std::unordered_map<std::string, std::shared_ptr<const std::string>> storages;
    const LoadStorage load_storage = [&](const std::string& key) -> Result<std::shared_ptr<const std::string>> {
        std::shared_ptr<const std::string>& storage = storages[key];
        if (!storage) {
            auto read = archive.read(prefix + "data/" + key);
            if (!read) return read.error();
            storage = std::make_shared<const std::string>(std::move(read).value());
        }
        return storage;
    };
    // Room for tensors that share storages or repeat elements, in proportion to what is there.
    PickleLimits limits;
    limits.elements = std::max(std::size_t{1} << 20, 2 * bytes.size());
    return parse_pickle(pickle.value(), name, load_storage, limits);
}

Result<PickleValue> read_torch_file(const std::filesystem::path& path) {
    const auto bytes = read_whole_file(path, kLargestFile);
    if (!bytes) return bytes.error();
    return parse_torch_file(bytes.value(), path.string());
}

}  // namespace convscope
