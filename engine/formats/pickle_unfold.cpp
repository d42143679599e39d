// From a pickle's values to the result.
#include "engine/formats/pickle_nodes.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace convscope::pickle {
namespace {

class Unfolding {
public:
    Unfolding(Values& values, const std::vector<SharedBytes>& storages, const PickleLimits& limits)
        : values_(values), storages_(storages), limits_(limits), under_way_(values.nodes.size(), false) {}

    PickleValue unfold(Ref ref, std::size_t depth) {
        spend(count_, 1, limits_.values, "values");
        if (const auto cut = values_.long_lists.find(ref); cut != values_.long_lists.end())
            return long_list(cut->second);
        if (depth > limits_.depth) return opaque("a value that is nested too deep");
        if (under_way_[ref]) return opaque("a value within itself");
        under_way_[ref] = true;
        PickleValue value = std::visit([&](const auto& node) { return unfold(node, depth); }, values_.nodes[ref]);
        under_way_[ref] = false;
        return value;
    }

private:
    PickleValue unfold(const None&, std::size_t) { return {}; }
    PickleValue unfold(bool flag, std::size_t) { return {flag}; }
    PickleValue unfold(std::int64_t integer, std::size_t) { return {integer}; }
    PickleValue unfold(double real, std::size_t) { return {real}; }
    PickleValue unfold(std::string_view text, std::size_t) { return {kept(text)}; }
    PickleValue unfold(const Tuple& tuple, std::size_t depth) { return unfold_list(tuple.items, depth); }
    PickleValue unfold(const List& list, std::size_t depth) { return unfold_list(list.items, depth); }
    PickleValue unfold(const Dict& dict, std::size_t depth) { return {unfold_dict(dict.items, depth)}; }
    PickleValue unfold(const Global& global, std::size_t) { return opaque(*global.name); }
    PickleValue unfold(const Unread& unread, std::size_t) { return opaque(*unread.name); }
    PickleValue unfold(const Storage&, std::size_t) { return opaque("a storage"); }
    PickleValue unfold(const Tensor& tensor, std::size_t) {
        const TensorView& view = values_.tensors[tensor.view];
        const std::size_t count = checked_count(view);
        // Only an expanded one has more elements than the file has bytes: a mask, say, beside the weights.
        if (count > limits_.elements)
            return opaque("a tensor of " + shape_text(view.shape) + " that repeats its numbers");
        return {stored(view, count)};
    }

    // What was filled like a dictionary is one, whatever its class; of all else its attributes are kept.
    PickleValue unfold(const Object& object, std::size_t depth) {
        const ObjectBody& body = values_.objects[object.body];
        if (!body.items.empty()) return {unfold_dict(body.items, depth)};
        PickleValue::Opaque value{kept(*body.name), {}};
        const Dict* attributes = body.has_state ? values_.find<Dict>(body.state) : nullptr;
        // (attributes, slots)
        const auto* both = body.has_state ? values_.find<Tuple>(body.state) : nullptr;
        if (both && both->items.size() == 2) attributes = values_.find<Dict>(both->items[0]);
        if (attributes) value.attributes = unfold_dict(attributes->items, depth);
        return {std::move(value)};
    }
    PickleValue unfold_list(const std::vector<Ref>& items, std::size_t depth) {
        if (items.size() > limits_.list_items) return long_list(items.size());
        PickleValue::List list;
        for (const Ref item : items) list.push_back(unfold(item, depth + 1));
        return {std::move(list)};
    }
    // As in Python: a key that comes again keeps its place and gets the new value.
    PickleValue::Dict unfold_dict(const Pairs& items, std::size_t depth) {
        PickleValue::Dict dict;
        std::unordered_map<std::string, std::size_t> places;
        for (const auto& [key_ref, value_ref] : items) {
            std::string key = kept(key_text(key_ref));
            PickleValue value = unfold(value_ref, depth + 1);
            const auto [place, is_new] = places.emplace(key, dict.size());
            if (is_new)
                dict.push_back({std::move(key), std::move(value)});
            else
                dict[place->second].value = std::move(value);
        }
        return dict;
    }
    std::string key_text(Ref ref) {
        if (const auto* text = values_.find<std::string_view>(ref)) return std::string(*text);
        if (const auto* integer = values_.find<std::int64_t>(ref)) return std::to_string(*integer);
        if (const auto* flag = values_.find<bool>(ref)) return *flag ? "True" : "False";
        if (values_.find<None>(ref)) return "None";
        if (const auto* real = values_.find<double>(ref)) {
            char text[32];
            return {text, std::to_chars(text, text + sizeof text, *real).ptr};
        }
        return "a key of another kind, " + std::to_string(ref);  // unlike any other
    }

    // How many elements it has, all of which lie in its storage.
    static std::size_t checked_count(const TensorView& view) {
        std::int64_t count = 1;
        std::int64_t last = view.offset;
        bool fits = view.offset >= 0;
        bool empty = false;
        for (std::size_t i = 0; i < view.shape.size(); ++i) {
            std::int64_t reach = 0;
            empty = empty || view.shape[i] == 0;
            fits = fits && !__builtin_mul_overflow(count, std::max<std::int64_t>(view.shape[i], 1), &count) &&
                   !__builtin_mul_overflow(std::max<std::int64_t>(view.shape[i] - 1, 0), view.strides[i], &reach) &&
                   !__builtin_add_overflow(last, reach, &last);
        }
        if (!fits || (!empty && last >= view.storage.count))
            damaged("a tensor of shape " + shape_text(view.shape) + " reaches beyond its storage of " +
                    std::to_string(view.storage.count) + " elements");
        return empty ? 0 : static_cast<std::size_t>(count);
    }

    StoredTensor stored(const TensorView& view, std::size_t count) {
        StoredTensor tensor{view.storage.dtype, view.shape, view.strides,
                            count == 0 ? 0 : view.storage.first + view.offset, storages_[view.storage.request]};
        spend(elements_, count, limits_.elements, "elements of tensors");
        return view.negated ? negated(tensor) : tensor;
    }

    // With elements of its own. The sign is the highest bit of a floating-point number's last byte.
    static StoredTensor negated(const StoredTensor& tensor) {
        std::string bytes = tensor.bytes();
        const std::size_t width = bytes_per_element(tensor.dtype);
        for (std::size_t last = width - 1; last < bytes.size(); last += width)
            bytes[last] = static_cast<char>(static_cast<unsigned char>(bytes[last]) ^ 0x80U);
        return stored_tensor({tensor.dtype, tensor.shape, SharedBytes(std::move(bytes))});
    }

    void spend(std::size_t& spent, std::size_t amount, std::size_t limit, const char* unit) {
        if (amount > limit - spent) too_large("it unfolds into more than " + std::to_string(limit) + " " + unit);
        spent += amount;
    }
    std::string kept(std::string_view text) {
        spend(text_bytes_, text.size(), limits_.text_bytes, "bytes of text");
        return std::string(text);
    }
    PickleValue long_list(std::size_t size) { return opaque("a list of " + std::to_string(size) + " values"); }
    PickleValue opaque(std::string_view name) { return {PickleValue::Opaque{kept(name), {}}}; }

    Values& values_;
    const std::vector<SharedBytes>& storages_;
    const PickleLimits& limits_;
    std::vector<bool> under_way_;  // the values around the one that is being unfolded
    std::size_t count_ = 0;
    std::size_t text_bytes_ = 0;
    std::size_t elements_ = 0;
};

}  // namespace

PickleValue unfold(Values& values, Ref root, const std::vector<SharedBytes>& storages, const PickleLimits& limits) {
    return Unfolding(values, storages, limits).unfold(root, 0);
}

}  // namespace convscope::pickle
