// Arbitrary bytes as a run's checkpoint: the archive, the pickle, the tensors, the recipe within, and all that must fit
// together. What is changed is mostly one entry of the archive, or the recipe alone, the checksums and lengths around
// it being made right again: else hardly anything would come past them.
#include "engine/formats/checkpoint.h"
#include "engine/formats/torch_file.h"
#include "engine/formats/zip_writer.h"
#include "tests/fuzz/recipes.h"
#include "tests/fuzz/torch_values.h"

#include <zip.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

struct Entry {
    std::string name;
    std::string bytes;
};

// Nothing when the bytes are no archive, or not one of small entries.
std::optional<std::vector<Entry>> entries_of(const std::uint8_t* data, std::size_t size) {
    zip_source_t* source = zip_source_buffer_create(data, size, 0, nullptr);
    zip_t* archive = source ? zip_open_from_source(source, ZIP_RDONLY, nullptr) : nullptr;
    if (!archive) {
        if (source) zip_source_free(source);
        return std::nullopt;
    }
    std::vector<Entry> entries;
    for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
        zip_stat_t stat;
        const auto index = static_cast<zip_uint64_t>(i);
        if (zip_stat_index(archive, index, 0, &stat) != 0 || stat.size > size) continue;
        Entry entry{stat.name, std::string(stat.size, '\0')};
        zip_file_t* file = zip_fopen_index(archive, index, 0);
        const bool whole =
            file && zip_fread(file, entry.bytes.data(), stat.size) == static_cast<zip_int64_t>(stat.size);
        if (file) zip_fclose(file);
        if (whole) entries.push_back(std::move(entry));
    }
    zip_discard(archive);
    return entries;
}

std::string archive_of(const std::vector<Entry>& entries) {
    convscope::ZipWriter archive(0);
    for (const Entry& entry : entries) archive.add(entry.name, entry.bytes);
    return std::move(archive).finish();
}

void mutate(std::string& bytes, std::size_t room) {
    const std::size_t size = bytes.size();
    bytes.resize(size + room);
    bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, bytes.size()));
}

// The recipe is a text of the pickle's: the instruction X, its length in four bytes, and itself.
void mutate_recipe(std::string& pickle, std::size_t room) {
    const std::size_t at = pickle.find("name = ");
    if (at == std::string::npos || at < 5 || pickle[at - 5] != 'X') return mutate(pickle, room);
    std::uint32_t length = 0;
    std::memcpy(&length, &pickle[at - 4], 4);
    if (length > pickle.size() - at) return mutate(pickle, room);
    std::string recipe = pickle.substr(at, length);
    mutate(recipe, room);
    const auto changed = static_cast<std::uint32_t>(recipe.size());
    pickle.replace(at, length, recipe);
    std::memcpy(&pickle[at - 4], &changed, 4);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned int seed) {
    auto entries = seed % 8 == 0 ? std::nullopt : entries_of(data, size);
    if (!entries || entries->empty()) return LLVMFuzzerMutate(data, size, most);
    const std::size_t room = most - std::min(most, size);
    const auto pickle = std::find_if(entries->begin(), entries->end(),
                                     [](const Entry& entry) { return entry.name.ends_with("data.pkl"); });
    if (pickle == entries->end() || seed % 8 == 1)
        mutate((*entries)[seed / 8 % entries->size()].bytes, room);
    else if (seed % 8 < 5)
        mutate_recipe(pickle->bytes, room);
    else
        mutate(pickle->bytes, room);
    const std::string archive = archive_of(*entries);
    if (archive.size() > most) return LLVMFuzzerMutate(data, size, most);
    std::copy(archive.begin(), archive.end(), data);
    return archive.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace convscope;
    const auto file = parse_torch_file(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.pth");
    fuzz::look_at(file);
    if (!file) return 0;
    if (file.value().find("recipe") != nullptr && file.value().find("convscope_checkpoint") != nullptr &&
        file.value().find("recipe")->as<std::string>() != nullptr)
        fuzz::look_at(recipe_of_checkpoint(file.value(), "fuzz.pth"));
    const auto run = run_of_checkpoint(file.value(), "fuzz.pth");
    if (!run) {
        fuzz::check(run.error().message.find("fuzz.pth") == 0);
        return 0;
    }
    for (std::size_t i = 0; i < run.value().training->weights.size(); ++i) {
        const TensorBlob& blob = run.value().training->weights[i].blob;
        fuzz::check(blob.bytes.size() == blob.element_count() * bytes_per_element(blob.dtype));
    }
    // What was read can be written, and is that when it is read again.
    const std::string written = torch_file_of(checkpoint_of(run.value()));
    const auto again = parse_torch_file(written, "fuzz.pth");
    fuzz::check(again.ok());
    const auto same = run_of_checkpoint(again.value(), "fuzz.pth");
    fuzz::check(same.ok() && torch_file_of(checkpoint_of(same.value())) == written);
    return 0;
}
