#include "engine/formats/pickle_writer.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <variant>

namespace convscope {
namespace {

std::string_view storage_class(DType dtype) {
    switch (dtype) {
        case DType::Float64:
            return "DoubleStorage";
        case DType::Float32:
            return "FloatStorage";
        case DType::Float16:
            return "HalfStorage";
        case DType::BFloat16:
            return "BFloat16Storage";
        case DType::Int64:
            return "LongStorage";
        case DType::Int32:
            return "IntStorage";
        case DType::Int16:
            return "ShortStorage";
        case DType::Int8:
            return "CharStorage";
        case DType::UInt8:
            return "ByteStorage";
        case DType::Bool:
            return "BoolStorage";
    }
    throw std::invalid_argument("a tensor of unknown elements cannot be written");
}

// The instructions are those of Lib/pickletools.py.
class Writer {
public:
    Pickle write(const PickleValue& value) && {
        put("\x80\x02");
        put(value);
        put('.');
        return std::move(pickle_);
    }

private:
    void put(char instruction) { pickle_.bytes += instruction; }
    void put(std::string_view bytes) { pickle_.bytes += bytes; }
    void put_number(std::uint64_t value, int bytes) {
        for (; bytes > 0; --bytes, value >>= 8) put(static_cast<char>(value & 0xff));
    }
    void global(std::string_view module, std::string_view name) {
        put('c');
        put(module);
        put('\n');
        put(name);
        put('\n');
    }

    void put(const PickleValue& value) {
        std::visit([this](const auto& one) { put_value(one); }, value.value);
    }
    void put_value(PickleValue::None) { put('N'); }
    void put_value(bool value) { put(value ? '\x88' : '\x89'); }
    void put_value(std::int64_t value) {
        if (value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max()) {
            put('J');
            return put_number(static_cast<std::uint64_t>(value), 4);
        }
        put('\x8a');
        put('\x08');
        put_number(static_cast<std::uint64_t>(value), 8);
    }
    void put_value(double value) {  // the most significant byte first
        put('G');
        const auto bits = std::bit_cast<std::uint64_t>(value);
        for (int shift = 56; shift >= 0; shift -= 8) put(static_cast<char>(bits >> shift & 0xff));
    }
    void put_value(const std::string& text) {
        put('X');
        put_number(text.size(), 4);
        put(std::string_view(text));
    }
    void put_value(const PickleValue::List& list) {
        put("](");
        for (const PickleValue& item : list) put(item);
        put('e');
    }
    void put_value(const PickleValue::Dict& dict) {
        put("}(");
        for (const PickleValue::Entry& entry : dict) {
            put_value(entry.key);
            put(entry.value);
        }
        put('u');
    }
    void put_value(const StoredTensor& tensor) {
        global("torch._utils", "_rebuild_tensor_v2");
        put("((");
        put_value(std::string("storage"));
        global("torch", storage_class(tensor.dtype));
        put_value(std::to_string(storage_of(tensor)));
        put_value(std::string("cpu"));
        put_value(static_cast<std::int64_t>(tensor.storage.size() / bytes_per_element(tensor.dtype)));
        put("tQ");
        put_value(tensor.offset);
        put_tuple(tensor.shape);
        put_tuple(tensor.strides);
        put_value(false);  // no gradient, and no hooks
        global("collections", "OrderedDict");
        put(")RtR");
    }
    void put_value(const PickleValue::Opaque& value) {
        throw std::invalid_argument("an opaque value (" + value.name + ") cannot be written");
    }
    void put_tuple(const std::vector<std::int64_t>& numbers) {
        put('(');
        for (const std::int64_t number : numbers) put_value(number);
        put('t');
    }

    std::size_t storage_of(const StoredTensor& tensor) {
        for (std::size_t i = 0; i < dtypes_.size(); ++i)
            if (dtypes_[i] == tensor.dtype && pickle_.storages[i].is(tensor.storage)) return i;
        dtypes_.push_back(tensor.dtype);
        pickle_.storages.push_back(tensor.storage);
        return dtypes_.size() - 1;
    }

    Pickle pickle_;
    std::vector<DType> dtypes_;  // of each storage's elements
};

}  // namespace

Pickle pickle_of(const PickleValue& value) { return Writer().write(value); }

}  // namespace convscope
