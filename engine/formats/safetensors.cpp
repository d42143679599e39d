#include "engine/formats/safetensors.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace convscope {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestHeading = std::size_t{16} << 20;  // a tensor takes about a hundred bytes of it
constexpr std::size_t kMostDimensions = 16;
constexpr const char* kMetadata = "__metadata__";

constexpr std::array<std::pair<std::string_view, DType>, 10> kTypes{{
    {"F64", DType::Float64},
    {"F32", DType::Float32},
    {"F16", DType::Float16},
    {"BF16", DType::BFloat16},
    {"I64", DType::Int64},
    {"I32", DType::Int32},
    {"I16", DType::Int16},
    {"I8", DType::Int8},
    {"U8", DType::UInt8},
    {"BOOL", DType::Bool},
}};

// What is wrong with a file; stays within this file, where an Error is made of it.
struct Damage : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::uint64_t heading_length(std::string_view bytes) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    return length;
}

// Takes the tensors' descriptions out of a heading while it is read: an object of JSON that keeps its order looks
// through all of its names for each. Names come once, and nothing nests deeper than a tensor's shape does.
class HeadingReader {
public:
    // Of each tensor its name and description, in their order.
    std::vector<std::pair<std::string, Json>> read(std::string_view text) {
        const Json rest =
            Json::parse(text, [this](int depth, Event event, Json& value) { return is_kept(depth, event, value); });
        if (!rest.is_object()) throw Damage("its heading is no JSON object");
        return std::move(tensors_);
    }

private:
    using Event = Json::parse_event_t;

    bool is_kept(int depth, Event event, Json& value) {
        constexpr int kDeepest = 3;
        constexpr int kMostMembers = 16;  // of a description; three mean something
        if (depth > kDeepest) throw Damage("its heading nests deeper than any does");
        if (depth == 1 && event == Event::key) {
            name_ = value.get<std::string>();
            members_ = 0;
            if (!names_.insert(name_).second) throw Damage("its heading has a name twice");
        }
        if (depth == 1 && (event == Event::value || event == Event::array_start))
            throw Damage("a tensor is not described by an object");
        if (depth == 2 && event == Event::key) {
            if (name_ == kMetadata) return false;
            if (++members_ > kMostMembers) throw Damage("a tensor is described by too much");
        }
        if (depth != 1 || event != Event::object_end) return true;
        if (name_ != kMetadata) tensors_.emplace_back(name_, std::move(value));
        return false;
    }

    std::vector<std::pair<std::string, Json>> tensors_;
    std::set<std::string> names_;
    std::string name_;  // whose description is being read
    int members_ = 0;
};

std::uint64_t natural(const Json& value) {
    if (!value.is_number_unsigned()) throw Damage("its heading has something else where a size belongs");
    return value.get<std::uint64_t>();
}

struct Stretch {
    std::uint64_t begin, end;  // bytes
};

Stretch stretch_of(const Json& tensor) {
    const Json& offsets = tensor.at("data_offsets");
    if (!offsets.is_array() || offsets.size() != 2) throw Damage("a tensor does not say where it lies");
    const Stretch stretch{natural(offsets[0]), natural(offsets[1])};
    if (stretch.begin > stretch.end) throw Damage("a tensor ends before it begins");
    return stretch;
}

// The tensors cover the file's data, without gaps or overlaps.
void check_cover(std::vector<Stretch> stretches, std::uint64_t size) {
    std::sort(stretches.begin(), stretches.end(),
              [](const Stretch& a, const Stretch& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    std::uint64_t reached = 0;
    for (const Stretch& one : stretches) {
        if (one.begin != reached) throw Damage("its tensors overlap, or leave gaps");
        reached = one.end;
    }
    if (reached > size) throw Damage("it ends within its tensors");
    if (reached < size) throw Damage("it goes on behind its tensors");
}

PickleValue tensor_of(const Json& described, std::string_view data, const Stretch& stretch) {
    const auto& type = described.at("dtype").get_ref<const std::string&>();
    const auto known =
        std::find_if(kTypes.begin(), kTypes.end(), [&type](const auto& entry) { return entry.first == type; });
    const Json& sizes = described.at("shape");
    if (!sizes.is_array() || sizes.size() > kMostDimensions)
        throw Damage("a tensor has no shape, or one of too many dimensions");
    if (known == kTypes.end()) return {PickleValue::Opaque{"a tensor of " + type.substr(0, 40), {}}};

    StoredTensor tensor;
    tensor.dtype = known->second;
    std::uint64_t count = 1;
    for (const Json& one : sizes) {
        const std::uint64_t size = natural(one);
        if (size > INT64_MAX || __builtin_mul_overflow(count, size, &count)) throw Damage("a tensor is too large");
        tensor.shape.push_back(static_cast<std::int64_t>(size));
    }
    if (count > data.size() || count * bytes_per_element(tensor.dtype) != stretch.end - stretch.begin)
        throw Damage("a tensor of shape " + shape_text(tensor.shape) + " does not take " +
                     std::to_string(stretch.end - stretch.begin) + " bytes");
    tensor.strides.assign(tensor.shape.size(), 1);
    for (std::size_t i = tensor.shape.size(); count > 0 && i-- > 1;)
        tensor.strides[i - 1] = tensor.strides[i] * tensor.shape[i];
    tensor.storage = SharedBytes(std::string(data.substr(stretch.begin, stretch.end - stretch.begin)));
    return {std::move(tensor)};
}

PickleValue parse(std::string_view bytes) {
    const std::uint64_t length = heading_length(bytes);
    if (length > kLongestHeading) throw Damage("its heading is longer than any is");
    if (length > bytes.size() - sizeof length) throw Damage("it ends within its heading");
    const std::string_view data = bytes.substr(sizeof length + length);
    const auto tensors = HeadingReader().read(bytes.substr(sizeof length, length));
    std::vector<Stretch> stretches;
    for (const auto& [name, described] : tensors) stretches.push_back(stretch_of(described));
    check_cover(stretches, data.size());
    PickleValue::Dict dict;
    for (const auto& [name, described] : tensors)
        dict.push_back({name, tensor_of(described, data, stretches[dict.size()])});
    return {std::move(dict)};
}

}  // namespace

bool is_safetensors(std::string_view bytes) {
    constexpr std::uint64_t kUnlikely = std::uint64_t{1} << 40;
    return bytes.size() > sizeof(std::uint64_t) && bytes[sizeof(std::uint64_t)] == '{' &&
           heading_length(bytes) < kUnlikely;
}

Result<PickleValue> parse_safetensors(std::string_view bytes, std::string_view name) {
    const auto damaged = [name](const std::string& how) {
        return Error{ErrorCode::Corrupt, std::string(name) + ": it is a damaged file of safetensors (" + how +
                                             "); copy it, or save it, again"};
    };
    try {
        return parse(bytes);
    } catch (const Damage& damage) {
        return damaged(damage.what());
    } catch (const Json::exception&) {
        return damaged("its heading is not what a heading is");
    }
}

std::string safetensors_of(const StateDict& tensors) {
    Json heading{{kMetadata, {{"format", "pt"}}}};
    std::string data;
    // The widest elements first: each is aligned then.
    std::vector<const FoundTensor*> ordered;
    for (const FoundTensor& tensor : tensors) ordered.push_back(&tensor);
    std::stable_sort(ordered.begin(), ordered.end(), [](const FoundTensor* a, const FoundTensor* b) {
        return bytes_per_element(a->tensor.dtype) > bytes_per_element(b->tensor.dtype);
    });
    for (const FoundTensor* found : ordered) {
        const FoundTensor& one = *found;
        const std::string bytes = one.tensor.bytes();
        const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                       [&](const auto& entry) { return entry.second == one.tensor.dtype; });
        // Not by its name, for which all others would be looked through.
        heading.get_ref<Json::object_t&>().push_back(
            {one.name, Json{{"dtype", type->first},
                            {"shape", one.tensor.shape},
                            {"data_offsets", {data.size(), data.size() + bytes.size()}}}});
        data += bytes;
    }
    std::string text = heading.dump(-1, ' ', false, Json::error_handler_t::replace);
    text.append((8 - text.size() % 8) % 8, ' ');  // so that the tensors are aligned
    const std::uint64_t length = text.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text + data;
}

}  // namespace convscope
