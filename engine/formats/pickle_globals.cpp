// What the classes and functions that a pickle names stand for.
#include "engine/formats/pickle_nodes.h"
#include "engine/formats/pickle_value.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace convscope::pickle {
namespace {

constexpr std::size_t kMaxRank = 16;  // dimensions of a tensor

enum class Function : std::uint8_t {
    OrderedDict,       // () or, of Python 2, (a list of pairs)
    RebuildTensor,     // (storage, offset, shape, strides[, requires_grad, hooks[, metadata]])
    RebuildParameter,  // (tensor, requires_grad, hooks[, state])
    RebuildFromType,   // (one of these functions, the tensor's class, its arguments, state)
    Same               // (value[, its type]): what LibTorch wraps around typed containers, torch.Size, sets
};
constexpr std::array<std::pair<std::string_view, Function>, 16> kFunctions{{
    {"collections.OrderedDict", Function::OrderedDict},
    {"torch._utils._rebuild_tensor", Function::RebuildTensor},
    {"torch._utils._rebuild_tensor_v2", Function::RebuildTensor},
    {"torch._utils._rebuild_parameter", Function::RebuildParameter},
    {"torch._utils._rebuild_parameter_with_state", Function::RebuildParameter},
    {"torch._tensor._rebuild_from_type_v2", Function::RebuildFromType},
    {"torch.Size", Function::Same},
    {"builtins.set", Function::Same},
    {"__builtin__.set", Function::Same},
    {"builtins.frozenset", Function::Same},
    {"__builtin__.frozenset", Function::Same},
    {"torch.jit._pickle.restore_type_tag", Function::Same},
    {"torch.jit._pickle.build_intlist", Function::Same},
    {"torch.jit._pickle.build_doublelist", Function::Same},
    {"torch.jit._pickle.build_boollist", Function::Same},
    {"torch.jit._pickle.build_tensorlist", Function::Same},
}};
constexpr std::array<std::pair<std::string_view, DType>, 10> kStorages{{
    {"torch.DoubleStorage", DType::Float64},
    {"torch.FloatStorage", DType::Float32},
    {"torch.HalfStorage", DType::Float16},
    {"torch.BFloat16Storage", DType::BFloat16},
    {"torch.LongStorage", DType::Int64},
    {"torch.IntStorage", DType::Int32},
    {"torch.ShortStorage", DType::Int16},
    {"torch.CharStorage", DType::Int8},
    {"torch.ByteStorage", DType::UInt8},
    {"torch.BoolStorage", DType::Bool},
}};

// Those whose tensors are not read, and bytes of an element.
constexpr std::array<std::pair<std::string_view, std::size_t>, 9> kOtherStorages{{
    {"torch.ComplexDoubleStorage", 16},
    {"torch.ComplexFloatStorage", 8},
    {"torch.QInt32Storage", 4},
    {"torch.QInt8Storage", 1},
    {"torch.QUInt8Storage", 1},
    {"torch.QUInt4x2Storage", 1},
    {"torch.QUInt2x4Storage", 1},
    {"torch.UntypedStorage", 1},
    {"torch.storage.UntypedStorage", 1},
}};

template <typename Table>
auto look_up(const Table& table, const std::string& name) -> std::optional<decltype(table[0].second)> {
    const auto found = std::find_if(table.begin(), table.end(), [&](const auto& entry) { return entry.first == name; });
    if (found == table.end()) return std::nullopt;
    return found->second;
}

// How a value that is not read is called: the one name for all that is called so, as a pickle may name a long one
// often.
const std::string* name_of(Values& values, Ref ref) {
    static const std::string kNameless = "an object";
    if (const auto* global = values.find<Global>(ref)) return global->name;
    if (const auto* unread = values.find<Unread>(ref)) return unread->name;
    if (const auto* object = values.find<Object>(ref)) return values.objects[object->body].name;
    return &kNameless;
}

Ref unknown_object(Values& values, Ref callable) {
    values.hold(sizeof(ObjectBody));
    values.objects.push_back({name_of(values, callable), false, 0, {}});
    return values.add(Object{static_cast<std::uint32_t>(values.objects.size() - 1)});
}

std::vector<std::int64_t> sizes(Values& values, Ref ref) {
    const auto& items = values.get<Tuple>(ref, "a tensor's shape").items;
    if (items.size() > kMaxRank) damaged("a tensor has more than 16 dimensions");
    std::vector<std::int64_t> sizes;
    for (const Ref item : items) {
        sizes.push_back(values.get<std::int64_t>(item, "a tensor's size"));
        if (sizes.back() < 0) damaged("a tensor has a negative size or stride");
    }
    return sizes;
}

// What a tensor is besides a view of its storage: of `metadata`, which may be none, the names that are said to be true.
std::vector<std::string_view> said_of(Values& values, Ref metadata) {
    std::vector<std::string_view> said;
    if (const auto* dict = values.find<Dict>(metadata))
        for (const auto& [key, value] : dict->items) {
            const auto* name = values.find<std::string_view>(key);
            const auto* flag = values.find<bool>(value);
            if (flag == nullptr || *flag) said.push_back(name != nullptr ? *name : "something");
        }
    return said;
}

Ref rebuilt_tensor(Values& values, const std::vector<Ref>& arguments) {
    if (arguments.size() < 4 || arguments.size() > 7) damaged("a tensor has the wrong number of arguments");
    if (values.find<Unread>(arguments[0]) || values.find<Object>(arguments[0]))  // elements of an unknown type
        return values.add_unread("a tensor of " + as_shown(*name_of(values, arguments[0])));
    TensorView view{values.get<Storage>(arguments[0], "a tensor's storage"),
                    values.get<std::int64_t>(arguments[1], "a tensor's offset"), sizes(values, arguments[2]),
                    sizes(values, arguments[3])};
    if (view.shape.size() != view.strides.size()) damaged("a tensor has not as many strides as dimensions");
    if (arguments.size() == 7)
        for (const std::string_view said : said_of(values, arguments[6])) {
            const bool can_be = said == "neg" && is_floating(view.storage.dtype);
            if (!can_be) return values.add_unread("a tensor that is '" + as_shown(said) + "'");
            view.negated = true;
        }
    values.hold(sizeof(TensorView) + 4 * sizeof(std::int64_t) * view.shape.size());
    values.tensors.push_back(std::move(view));
    return values.add(Tensor{static_cast<std::uint32_t>(values.tensors.size() - 1)});
}

// A dictionary made from pairs; nothing when they are none.
std::optional<Ref> dict_of_pairs(Values& values, Ref ref) {
    const auto* list = values.find<List>(ref);
    if (!list || values.long_lists.contains(ref)) return std::nullopt;
    Dict dict;
    for (const Ref item : list->items) {
        const auto* pair_list = values.find<List>(item);
        const auto* pair_tuple = values.find<Tuple>(item);
        if (!pair_list && !pair_tuple) return std::nullopt;
        const std::vector<Ref>& pair = pair_list ? pair_list->items : pair_tuple->items;
        if (pair.size() != 2) return std::nullopt;
        dict.items.emplace_back(pair[0], pair[1]);
    }
    values.hold_items(2 * dict.items.size());
    return values.add(std::move(dict));
}

// A tensor of a class of its own may mean something else than its numbers.
bool is_plain_tensor_class(Values& values, Ref ref) {
    const auto* global = values.find<Global>(ref);
    return global && (*global->name == "torch.Tensor" || *global->name == "torch.nn.parameter.Parameter");
}

}  // namespace

Ref reduce(Values& values, Ref callable, Ref arguments) {
    const auto* global = values.find<Global>(callable);
    const std::optional<Function> function = global ? look_up(kFunctions, *global->name) : std::nullopt;
    if (!function) return unknown_object(values, callable);
    const std::vector<Ref>& items = values.get<Tuple>(arguments, "a list of arguments").items;
    switch (*function) {
        case Function::OrderedDict:
            if (items.empty()) return values.add(Dict{});
            if (items.size() == 1)
                if (const auto dict = dict_of_pairs(values, items[0])) return *dict;
            break;
        case Function::RebuildTensor:
            return rebuilt_tensor(values, items);
        case Function::RebuildParameter:
            if (items.size() < 3 || items.size() > 4) damaged("a parameter has the wrong number of arguments");
            return items[0];
        case Function::RebuildFromType:
            if (items.size() != 4) damaged("a tensor has the wrong number of arguments");
            if (is_plain_tensor_class(values, items[1]) && values.find<Global>(items[0]) &&
                look_up(kFunctions, *values.find<Global>(items[0])->name) == Function::RebuildTensor)
                return reduce(values, items[0], items[2]);
            return unknown_object(values, items[1]);
        case Function::Same:
            if (!items.empty() && items.size() <= 2) return items[0];
            break;
    }
    return unknown_object(values, callable);
}

void build(Values& values, Ref object, Ref state) {
    const auto* unknown = values.find<Object>(object);
    if (!unknown) return;  // a dictionary's or a tensor's own attributes say nothing about weights
    values.objects[unknown->body].has_state = true;
    values.objects[unknown->body].state = state;
}

// ('storage', class, key, device, element count[, part of it]) or, before PyTorch 1.6, ('module', class, file, source)
Ref persistent(Values& values, Ref id) {
    const auto* tuple = values.find<Tuple>(id);
    const auto* kind = tuple && !tuple->items.empty() ? values.find<std::string_view>(tuple->items[0]) : nullptr;
    if (kind && *kind == "module" && tuple->items.size() >= 2) return tuple->items[1];
    if (!kind || *kind != "storage") return values.add_unread("a value that is kept elsewhere");

    const std::vector<Ref>& items = tuple->items;
    if (items.size() < 5 || items.size() > 6) damaged("a storage is described in an unknown way");
    const std::string& storage_class = *values.get<Global>(items[1], "a storage's class").name;
    const std::optional<DType> dtype = look_up(kStorages, storage_class);
    Storage storage{0, dtype.value_or(DType::Float32), 0, values.get<std::int64_t>(items[4], "a storage's size")};
    if (storage.count < 0) damaged("a storage has a negative size");
    constexpr std::size_t kLongestKey = 128;
    if (values.get<std::string_view>(items[2], "a storage's key").size() > kLongestKey)
        damaged("a storage has a key longer than any is");

    StorageRequest request{std::string(values.get<std::string_view>(items[2], "a storage's key")),
                           dtype ? bytes_per_element(*dtype) : look_up(kOtherStorages, storage_class).value_or(0),
                           storage.count, dtype.has_value()};
    const auto [place, is_new] = values.storage_places.emplace(request.key + ' ' + std::to_string(request.width),
                                                               static_cast<std::uint32_t>(values.storages.size()));
    storage.request = place->second;
    if (is_new) {
        values.hold(2 * (sizeof(StorageRequest) + request.key.size()));
        values.storages.push_back(std::move(request));
    } else {
        StorageRequest& known = values.storages[storage.request];
        known.count = std::max(known.count, storage.count);
        known.is_needed = known.is_needed || request.is_needed;
    }
    if (!dtype) return values.add(Unread{&storage_class});

    if (items.size() == 6 && !values.find<None>(items[5])) {  // (its key, the first element, how many)
        const std::vector<Ref>& part = values.get<Tuple>(items[5], "a part of a storage").items;
        if (part.size() != 3) damaged("a part of a storage is described in an unknown way");
        storage.first = values.get<std::int64_t>(part[1], "a part of a storage");
        const auto count = values.get<std::int64_t>(part[2], "a part of a storage");
        if (storage.first < 0 || count < 0 || storage.first > storage.count || count > storage.count - storage.first)
            damaged("a part of a storage reaches beyond it");
        storage.count = count;
    }
    return values.add(storage);
}

}  // namespace convscope::pickle
