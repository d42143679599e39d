#include "engine/data/idx_sets.h"

#include "engine/core/utf8.h"
#include "engine/data/wording.h"

#include <algorithm>
#include <optional>

namespace convscope {

namespace {

namespace fs = std::filesystem;

constexpr int kMnistSide = 28;
constexpr int kMnistClasses = 10;

std::vector<std::string> numbers(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) names.push_back(std::to_string(i));
    return names;
}

// One class per character.
std::vector<std::string> characters(std::string_view text) {
    std::vector<std::string> names;
    for (const char c : text) names.emplace_back(1, c);
    return names;
}

IdxSet fashion_mnist() {
    // github.com/zalandoresearch/fashion-mnist, "Labels"
    return {"Fashion-MNIST",
            {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}};
}

IdxSet kmnist() {
    // codh.rois.ac.jp/kmnist: one hiragana for each row of the syllabary, in Latin letters as fonts have them
    return {"KMNIST", {"o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"}};
}

// Cohen, Afshar, Tapson, van Schaik, "EMNIST: an extension of MNIST to handwritten letters", 2017, table II.
IdxSet emnist(std::string_view split) {
    IdxSet set;
    set.name = "EMNIST " + std::string(split);
    set.transposed = true;
    if (split == "letters") {
        set.class_names = characters("ABCDEFGHIJKLMNOPQRSTUVWXYZ");  // capital and small ones together
        set.first_label = 1;
    } else if (split == "balanced" || split == "bymerge") {
        // Small letters that look like their capitals share a class with them.
        set.class_names = characters("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt");
    } else if (split == "byclass") {
        set.class_names = characters("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    } else {
        set.class_names = numbers(kMnistClasses);
    }
    return set;
}

// The split whose classes these can be.
std::string_view emnist_split_of(int highest_label) {
    if (highest_label < 10) return "digits";
    if (highest_label <= 26) return "letters";
    return highest_label < 47 ? "balanced" : "byclass";
}

std::string letters_and_digits(std::string_view text) {
    std::string kept;
    for (const char c : text)
        if (c >= 'A' && c <= 'Z')
            kept += static_cast<char>(c - 'A' + 'a');
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            kept += c;
    return kept;
}

std::string called(const fs::path& folder) {
    const std::string name = folder_name(folder);
    return readable(name == "raw" ? folder_name(folder / "..") : name);
}

std::optional<IdxSet> named_set(const IdxSetTraits& traits) {
    if (!traits.emnist_split.empty()) return emnist(traits.emnist_split);
    const std::string name = letters_and_digits(called(traits.folder));
    const auto has = [&name](std::string_view part) { return name.find(part) != std::string::npos; };
    if (has("fashion")) return fashion_mnist();
    if (has("kmnist") || has("kuzushiji")) return kmnist();
    if (has("emnist")) {
        const auto split = std::find_if(kEmnistSplits.begin(), kEmnistSplits.end(), [&has](std::string_view candidate) {
            return candidate != "mnist" && has(candidate);
        });
        return emnist(split != kEmnistSplits.end() ? *split : emnist_split_of(traits.highest_label));
    }
    const bool mnist_like = traits.height == kMnistSide && traits.width == kMnistSide;
    if (name == "mnist" || (mnist_like && traits.highest_label == kMnistClasses - 1))
        return IdxSet{"MNIST", numbers(kMnistClasses)};
    return std::nullopt;
}

}  // namespace

IdxSet recognise_idx_set(const IdxSetTraits& traits) {
    if (std::optional<IdxSet> named = named_set(traits))
        if (traits.highest_label - named->first_label < static_cast<int>(named->class_names.size()))
            return std::move(*named);
    return {called(traits.folder), numbers(traits.highest_label + 1)};
}

}  // namespace convscope
