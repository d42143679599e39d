#include "engine/formats/value_words.h"

#include <array>
#include <charconv>
#include <utility>

namespace convscope {
namespace {

std::string counted(const char* kind, std::size_t count, const char* of) {
    return std::string(kind) + " of " + std::to_string(count) + of + (count == 1 ? "" : "s");
}

// By the functions that NumPy's pickles call; of its second version they are in numpy._core.
std::string called(const std::string& name) {
    if (!name.starts_with("numpy.")) return name;
    if (name.ends_with(".multiarray._reconstruct")) return "a NumPy array";
    return name.ends_with(".multiarray.scalar") ? "a NumPy number" : name;
}

// In what a value is called, and what makes a tensor of it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kMakers{
    {{"a NumPy array", kAsTensor},
     {"a list of ", kAsTensor},
     {"_rebuild_sparse", ".to_dense()"},
     {"_rebuild_qtensor", ".dequantize()"},
     {"that repeats its numbers", ".clone()"}}};

}  // namespace

std::string words_for(const PickleValue& value) {
    if (const auto* opaque = value.as<PickleValue::Opaque>()) return called(opaque->name);
    if (const auto* dict = value.as<PickleValue::Dict>())
        return dict->size() == 1 ? "a dictionary of 1 entry"
                                 : "a dictionary of " + std::to_string(dict->size()) + " entries";
    if (const auto* list = value.as<PickleValue::List>()) return counted("a list", list->size(), " value");
    if (const auto* flag = value.as<bool>()) return *flag ? "True" : "False";
    if (const auto* integer = value.as<std::int64_t>()) return "a whole number (" + std::to_string(*integer) + ")";
    if (const auto* real = value.as<double>()) {
        std::array<char, 32> digits{};
        char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), *real).ptr;
        return "a number (" + std::string(digits.data(), end) + ")";
    }
    if (value.as<std::string>()) return "a text";
    return value.as<PickleValue::None>() ? "None" : "a tensor";
}

std::string_view made_tensor_by(std::string_view words) {
    for (const auto& [part, maker] : kMakers)
        if (words.find(part) != std::string_view::npos) return maker;
    return {};
}

}  // namespace convscope
