#include "engine/formats/pickle_value.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace convscope {
namespace {

static_assert(std::endian::native == std::endian::little, "storages are copied as they lie in the file");

// IEEE 754-2008, binary16: 1 sign bit, 5 exponent bits with a bias of 15, 10 bits of fraction.
float float_of_half(std::uint16_t bits) {
    const int exponent = bits >> 10 & 0x1F;
    const int fraction = bits & 0x3FF;
    float magnitude = 0.0F;
    if (exponent == 0x1F)
        magnitude = fraction ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
    else if (exponent == 0)
        magnitude = std::ldexp(static_cast<float>(fraction), -24);
    else
        magnitude = std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25);
    return std::copysign(magnitude, bits & 0x8000 ? -1.0F : 1.0F);
}

// The upper half of a float's bits.
float float_of_bfloat16(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

// Every element of type Stored, row-major, as convert() gives it.
template <typename To, typename Stored, typename Convert>
std::vector<To> gather(const StoredTensor& tensor, Convert convert) {
    std::vector<To> values(tensor.element_count());
    const std::size_t rank = tensor.shape.size();
    std::vector<std::int64_t> index(rank, 0);
    // Unsigned: of a dimension of one element, which is never stepped along, the stride may be anything.
    auto place = static_cast<std::uint64_t>(tensor.offset);
    for (To& value : values) {
        Stored stored;
        std::memcpy(&stored, tensor.storage.data() + place * sizeof stored, sizeof stored);
        value = convert(stored);
        for (std::size_t dimension = rank; dimension-- > 0;) {
            const auto stride = static_cast<std::uint64_t>(tensor.strides[dimension]);
            place += stride;
            if (++index[dimension] < tensor.shape[dimension]) break;
            place -= stride * static_cast<std::uint64_t>(tensor.shape[dimension]);
            index[dimension] = 0;
        }
    }
    return values;
}

template <typename Stored>
std::vector<float> gather_floats(const StoredTensor& tensor) {
    return gather<float, Stored>(tensor, [](Stored value) { return static_cast<float>(value); });
}

template <typename Stored>
std::vector<std::int64_t> gather_integers(const StoredTensor& tensor) {
    return gather<std::int64_t, Stored>(tensor, [](Stored value) { return static_cast<std::int64_t>(value); });
}

}  // namespace

std::string as_shown(std::string_view text) {
    constexpr std::size_t kLongest = 120;
    std::string copy(text.substr(0, kLongest));
    for (char& c : copy)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    return text.size() > kLongest ? copy + "..." : copy;
}

std::string in_quotes(std::string_view text) { return "'" + as_shown(text) + "'"; }

std::string shape_text(const std::vector<std::int64_t>& shape) {
    if (shape.empty()) return "scalar";
    std::string text;
    for (const std::int64_t size : shape) {
        if (!text.empty()) text += 'x';
        text += std::to_string(size);
    }
    return text;
}

std::size_t StoredTensor::element_count() const {
    std::size_t count = 1;
    for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
    return count;
}

std::vector<float> StoredTensor::floats() const {
    switch (dtype) {
        case DType::Float64:
            return gather_floats<double>(*this);
        case DType::Float32:
            return gather_floats<float>(*this);
        case DType::Float16:
            return gather<float, std::uint16_t>(*this, float_of_half);
        case DType::BFloat16:
            return gather<float, std::uint16_t>(*this, float_of_bfloat16);
        case DType::Int64:
            return gather_floats<std::int64_t>(*this);
        case DType::Int32:
            return gather_floats<std::int32_t>(*this);
        case DType::Int16:
            return gather_floats<std::int16_t>(*this);
        case DType::Int8:
            return gather_floats<std::int8_t>(*this);
        case DType::UInt8:
            return gather_floats<std::uint8_t>(*this);
        case DType::Bool:
            return gather<float, std::uint8_t>(*this, [](std::uint8_t v) { return v ? 1.0F : 0.0F; });
    }
    return {};
}

std::vector<std::int64_t> StoredTensor::integers() const {
    switch (dtype) {
        case DType::Int64:
            return gather_integers<std::int64_t>(*this);
        case DType::Int32:
            return gather_integers<std::int32_t>(*this);
        case DType::Int16:
            return gather_integers<std::int16_t>(*this);
        case DType::Int8:
            return gather_integers<std::int8_t>(*this);
        case DType::UInt8:
            return gather_integers<std::uint8_t>(*this);
        case DType::Bool:
            return gather<std::int64_t, std::uint8_t>(*this, [](std::uint8_t v) { return v ? 1 : 0; });
        default:
            return {};
    }
}

std::string StoredTensor::bytes() const {
    const auto copied = [this]<typename Stored>(Stored) {
        const std::vector<Stored> values = gather<Stored, Stored>(*this, [](Stored value) { return value; });
        return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Stored));
    };
    switch (bytes_per_element(dtype)) {
        case 8:
            return copied(std::uint64_t{});
        case 4:
            return copied(std::uint32_t{});
        case 2:
            return copied(std::uint16_t{});
        default:
            return copied(std::uint8_t{});
    }
}

TensorBlob StoredTensor::blob() const {
    const std::size_t width = bytes_per_element(dtype);
    const std::size_t size = element_count() * width;
    const StoredTensor plain = stored_tensor({dtype, shape, {}});
    if (strides != plain.strides) return {dtype, shape, SharedBytes(bytes())};
    return {dtype, shape, storage.part(static_cast<std::size_t>(offset) * width, size)};
}

StoredTensor stored_tensor(const TensorBlob& blob) {
    StoredTensor tensor{blob.dtype, blob.shape, blob.shape, 0, blob.bytes};
    std::int64_t stride = 1;
    for (std::size_t i = blob.shape.size(); i-- > 0;) {
        tensor.strides[i] = stride;
        stride *= std::max<std::int64_t>(blob.shape[i], 1);
    }
    return tensor;
}

const PickleValue* PickleValue::find(std::string_view key) const {
    const Dict* dict = as<Dict>();
    if (!dict) return nullptr;
    const auto found = std::find_if(dict->begin(), dict->end(), [key](const Entry& entry) { return entry.key == key; });
    return found == dict->end() ? nullptr : &found->value;
}

}  // namespace convscope
