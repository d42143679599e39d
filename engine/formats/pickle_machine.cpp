#include "engine/formats/pickle_machine.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace convscope {
namespace {

constexpr std::size_t kMaxRank = 16;  // dimensions of a tensor
constexpr const char* kRemedy = "; save the weights alone: torch.save(model.state_dict(), 'weights.pth')";

// Thrown where a pickle is refused, caught in parse_pickle.
struct Refused {
    Error error;
};

[[noreturn]] void not_allowed(const std::string& what) {
    throw Refused{
        {ErrorCode::Unsupported,
         what + " is not allowed in a file of weights, from which nothing is ever run" + std::string(kRemedy)}};
}
[[noreturn]] void damaged(const std::string& how) {
    throw Refused{{ErrorCode::Corrupt, "it is damaged (" + how + "); copy it, or save it, again"}};
}
[[noreturn]] void too_large(const std::string& what) {
    throw Refused{{ErrorCode::Unsupported, what + ", more than a file of weights needs" + std::string(kRemedy)}};
}

// Text of the file as it may be shown: short, and without control characters.
std::string quoted(std::string_view text) {
    constexpr std::size_t kLongest = 80;
    std::string shown(text.substr(0, kLongest));
    for (char& c : shown)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    return "'" + shown + (text.size() > kLongest ? "..." : "") + "'";
}

// The functions and classes that a pickle may name.
enum class Function : std::uint8_t {
    OrderedDict,
    RebuildTensor,     // (storage, offset, shape, strides, requires_grad, hooks[, metadata])
    RebuildParameter,  // (tensor, requires_grad, hooks[, state])
    Same               // (value[, its type]): what LibTorch wraps around typed containers, and torch.Size
};
constexpr std::array<std::pair<std::string_view, Function>, 10> kFunctions{{
    {"collections.OrderedDict", Function::OrderedDict},
    {"torch._utils._rebuild_tensor_v2", Function::RebuildTensor},
    {"torch._utils._rebuild_parameter", Function::RebuildParameter},
    {"torch._utils._rebuild_parameter_with_state", Function::RebuildParameter},
    {"torch.Size", Function::Same},
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

// A value while the pickle is being read. Containers hold the numbers of their elements' nodes, as a pickle may fill
// them after they have been referred to, even from within themselves.
using Ref = std::uint32_t;
struct None {};
struct Tuple {
    std::vector<Ref> items;
};
struct List {
    std::vector<Ref> items;
};
struct Dict {
    std::vector<std::pair<Ref, Ref>> items;
};
struct Storage {
    DType dtype = DType::Float32;
    std::shared_ptr<const std::string> bytes;
};
using Tensor = std::shared_ptr<const StoredTensor>;
using Node =
    std::variant<None, bool, std::int64_t, double, std::string, Tuple, List, Dict, Function, DType, Storage, Tensor>;

class Machine {
public:
    Machine(std::string_view bytes, const LoadStorage& load_storage, const PickleLimits& limits)
        : rest_(bytes), load_storage_(load_storage), limits_(limits) {}

    PickleValue run() {
        if (rest_.size() < 2 || rest_[0] != '\x80' || rest_[1] < 2 || rest_[1] > 5)
            damaged("its pickle does not begin as one of protocol 2 to 5 does");
        std::size_t count = 0;
        while (step()) {
            if (++count > limits_.instructions)
                too_large("it has more than " + std::to_string(limits_.instructions) + " pickle instructions");
        }
        return unfold(pop(), 0);
    }

private:
    // One instruction; false at the last one. The names are those of Python's pickle module.
    bool step() {
        const auto code = static_cast<unsigned char>(take(1)[0]);
        switch (code) {
            case 0x80:
                take(1);
                break;  // PROTO
            case 0x95:
                take(8);
                break;  // FRAME: a hint for readers
            case '.':
                return false;  // STOP
            case '(':
                marks_.push_back(stack_.size());
                break;  // MARK
            case 'N':
                push(None{});
                break;  // NONE
            case 0x88:
                push(true);
                break;  // NEWTRUE
            case 0x89:
                push(false);
                break;  // NEWFALSE
            case 'J':
                push(std::int64_t{static_cast<std::int32_t>(number(4))});
                break;  // BININT
            case 'K':
                push(static_cast<std::int64_t>(number(1)));
                break;  // BININT1
            case 'M':
                push(static_cast<std::int64_t>(number(2)));
                break;  // BININT2
            case 0x8A:
                push(long_integer(number(1)));
                break;  // LONG1
            case 'G':
                push(std::bit_cast<double>(big_endian_number()));
                break;  // BINFLOAT
            case 0x8C:
                push(std::string(take(number(1))));
                break;  // SHORT_BINUNICODE
            case 'X':
                push(std::string(take(number(4))));
                break;  // BINUNICODE
            case 0x8D:
                push(std::string(take(number(8))));
                break;  // BINUNICODE8
            case '}':
                push(Dict{});
                break;  // EMPTY_DICT
            case ']':
                push(List{});
                break;  // EMPTY_LIST
            case ')':
                push(Tuple{});
                break;  // EMPTY_TUPLE
            case 't':
                push(Tuple{pop_to_mark()});
                break;  // TUPLE
            case 0x85:
                push(Tuple{pop_some(1)});
                break;  // TUPLE1
            case 0x86:
                push(Tuple{pop_some(2)});
                break;  // TUPLE2
            case 0x87:
                push(Tuple{pop_some(3)});
                break;  // TUPLE3
            case 'a':
                append(pop_some(1));
                break;  // APPEND
            case 'e':
                append(pop_to_mark());
                break;  // APPENDS
            case 's':
                set_items(pop_some(2));
                break;  // SETITEM
            case 'u':
                set_items(pop_to_mark());
                break;  // SETITEMS
            case 'q':
                memo_[static_cast<Ref>(number(1))] = top();
                break;  // BINPUT
            case 'r':
                memo_[static_cast<Ref>(number(4))] = top();
                break;  // LONG_BINPUT
            case 0x94:
                memo_[static_cast<Ref>(memo_.size())] = top();
                break;  // MEMOIZE
            case 'h':
                recall(static_cast<Ref>(number(1)));
                break;  // BINGET
            case 'j':
                recall(static_cast<Ref>(number(4)));
                break;  // LONG_BINGET
            case 'c':
                push_global();
                break;  // GLOBAL
            case 0x93:
                push_global_of_stack();
                break;  // STACK_GLOBAL
            case 'R':
                reduce();
                break;  // REDUCE
            case 'b':
                build();
                break;  // BUILD
            case 'Q':
                load_persistent();
                break;  // BINPERSID
            default: {
                constexpr const char* kDigits = "0123456789abcdef";
                not_allowed(std::string("the pickle instruction 0x") + kDigits[code >> 4] + kDigits[code & 15]);
            }
        }
        return true;
    }

    // --- the bytes ---

    std::string_view take(std::uint64_t count) {
        if (count > rest_.size()) damaged("its pickle ends too early");
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    // Little-endian, without a sign.
    std::uint64_t number(std::size_t bytes) {
        const std::string_view taken = take(bytes);
        std::uint64_t value = 0;
        for (std::size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(taken[i]);
        return value;
    }
    std::uint64_t big_endian_number() {
        std::uint64_t value = 0;
        for (const char byte : take(8)) value = value << 8 | static_cast<unsigned char>(byte);
        return value;
    }
    // Two's complement of any number of bytes.
    std::int64_t long_integer(std::uint64_t bytes) {
        if (bytes == 0) return 0;
        if (bytes > 8) not_allowed("an integer of more than 64 bits");
        const std::uint64_t unused_bits = 64 - 8 * bytes;
        return static_cast<std::int64_t>(number(bytes) << unused_bits) >> unused_bits;
    }
    std::string_view line() {
        const std::size_t end = rest_.find('\n');
        if (end == std::string_view::npos) damaged("its pickle ends too early");
        const std::string_view text = take(end);
        take(1);
        return text;
    }

    // --- the stack ---

    void push(Node node) {
        nodes_.push_back(std::move(node));
        stack_.push_back(static_cast<Ref>(nodes_.size() - 1));
    }
    // Nothing below the last mark may be taken.
    void require(std::size_t count) const {
        const std::size_t floor = marks_.empty() ? 0 : marks_.back();
        if (stack_.size() < floor + count) damaged("its pickle uses values that it does not have");
    }
    Ref top() const {
        require(1);
        return stack_.back();
    }
    Ref pop() {
        const Ref ref = top();
        stack_.pop_back();
        return ref;
    }
    std::vector<Ref> pop_some(std::size_t count) {
        require(count);
        std::vector<Ref> refs(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
        stack_.resize(stack_.size() - count);
        return refs;
    }
    std::vector<Ref> pop_to_mark() {
        if (marks_.empty()) damaged("its pickle uses a mark that it does not have");
        std::vector<Ref> refs = pop_some(stack_.size() - marks_.back());
        marks_.pop_back();
        return refs;
    }
    void recall(Ref number) {
        const auto found = memo_.find(number);
        if (found == memo_.end()) damaged("its pickle recalls a value that it never kept");
        stack_.push_back(found->second);
    }
    template <typename T>
    T& node(Ref ref, const char* wanted) {
        T* found = std::get_if<T>(&nodes_[ref]);
        if (!found) damaged(std::string("its pickle has something else where ") + wanted + " belongs");
        return *found;
    }
    void append(const std::vector<Ref>& items) {
        std::vector<Ref>& list = node<List>(top(), "a list").items;
        list.insert(list.end(), items.begin(), items.end());
    }
    void set_items(const std::vector<Ref>& items) {
        if (items.size() % 2 != 0) damaged("its pickle has a key without a value");
        std::vector<std::pair<Ref, Ref>>& dict = node<Dict>(top(), "a dictionary").items;
        for (std::size_t i = 0; i < items.size(); i += 2) dict.emplace_back(items[i], items[i + 1]);
    }

    // --- what a pickle names ---

    void push_global() {
        std::string name(line());
        name += '.';
        name += line();
        push_named(name);
    }
    void push_global_of_stack() {
        const std::string name = node<std::string>(pop(), "a name");
        push_named(node<std::string>(pop(), "a module's name") + '.' + name);
    }
    void push_named(const std::string& name) {
        const auto names_it = [&name](const auto& entry) { return entry.first == name; };
        if (const auto known = std::find_if(kFunctions.begin(), kFunctions.end(), names_it); known != kFunctions.end())
            return push(known->second);
        if (const auto known = std::find_if(kStorages.begin(), kStorages.end(), names_it); known != kStorages.end())
            return push(known->second);
        not_allowed(quoted(name));
    }
    void reduce() {
        const std::vector<Ref>& items = node<Tuple>(pop(), "a list of arguments").items;
        switch (node<Function>(pop(), "a function")) {
            case Function::OrderedDict:
                if (!items.empty()) not_allowed("a 'collections.OrderedDict' that is made from something");
                return push(Dict{});
            case Function::RebuildTensor:
                return push(rebuilt_tensor(items));
            case Function::RebuildParameter:
                if (items.size() < 3 || items.size() > 4) damaged("a parameter has the wrong number of arguments");
                return push(node<Tensor>(items[0], "a parameter's tensor"));
            case Function::Same:
                if (items.empty() || items.size() > 2) damaged("a container has the wrong number of arguments");
                stack_.push_back(items[0]);
                return;
        }
    }
    // A state dict's `_metadata`, which says nothing about weights.
    void build() {
        pop();
        if (!std::holds_alternative<Dict>(nodes_[top()])) not_allowed("an object with attributes");
    }
    // ('storage', class, key, device, element count)
    void load_persistent() {
        const Tuple& id = node<Tuple>(pop(), "a storage's description");
        if (id.items.size() != 5 || node<std::string>(id.items[0], "a storage's description") != "storage")
            damaged("a storage is described in an unknown way");
        const auto* dtype = std::get_if<DType>(&nodes_[id.items[1]]);
        if (!dtype) damaged("a storage is described without the type of its elements");
        const std::string& key = node<std::string>(id.items[2], "a storage's key");
        const std::int64_t count = node<std::int64_t>(id.items[4], "a storage's size");
        auto bytes = load_storage_(key);
        if (!bytes) throw Refused{bytes.error()};
        const std::size_t there = bytes.value()->size() / bytes_per_element(*dtype);
        if (count < 0 || static_cast<std::uint64_t>(count) > there)
            damaged("storage " + quoted(key) + " has " + std::to_string(there) + " elements instead of " +
                    std::to_string(count));
        push(Storage{*dtype, std::move(bytes).value()});
    }
    std::vector<std::int64_t> sizes(Ref ref) {
        std::vector<std::int64_t> values;
        for (const Ref item : node<Tuple>(ref, "a tensor's shape").items) {
            values.push_back(node<std::int64_t>(item, "a tensor's size"));
            if (values.back() < 0) damaged("a tensor has a negative size or stride");
            if (values.size() > kMaxRank) not_allowed("a tensor of more than 16 dimensions");
        }
        return values;
    }
    Tensor rebuilt_tensor(const std::vector<Ref>& arguments) {
        if (arguments.size() < 6 || arguments.size() > 7) damaged("a tensor has the wrong number of arguments");
        const Storage& storage = node<Storage>(arguments[0], "a tensor's storage");
        StoredTensor tensor{storage.dtype, sizes(arguments[2]), sizes(arguments[3]),
                            node<std::int64_t>(arguments[1], "a tensor's offset"), storage.bytes};
        if (tensor.shape.size() != tensor.strides.size()) damaged("a tensor has not as many strides as dimensions");
        check_bounds(tensor);
        return std::make_shared<const StoredTensor>(std::move(tensor));
    }
    void check_bounds(const StoredTensor& tensor) const {
        const auto there = static_cast<std::int64_t>(tensor.storage->size() / bytes_per_element(tensor.dtype));
        std::int64_t count = 1;
        std::int64_t last = tensor.offset;
        bool fits = tensor.offset >= 0;
        bool empty = false;
        for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
            std::int64_t reach = 0;
            empty = empty || tensor.shape[i] == 0;
            fits = fits && !__builtin_mul_overflow(count, std::max<std::int64_t>(tensor.shape[i], 1), &count) &&
                   !__builtin_mul_overflow(std::max<std::int64_t>(tensor.shape[i] - 1, 0), tensor.strides[i], &reach) &&
                   !__builtin_add_overflow(last, reach, &last);
        }
        if (!fits || (!empty && last >= there))
            damaged("a tensor of shape " + shape_text(tensor.shape) + " reaches beyond its storage of " +
                    std::to_string(there) + " elements");
        if (!empty && static_cast<std::uint64_t>(count) > limits_.elements)
            too_large("it has a tensor of shape " + shape_text(tensor.shape));
    }

    // --- the result ---

    void spend(std::size_t& spent, std::size_t amount, std::size_t limit, const char* unit) {
        if (amount > limit - spent) too_large("it unfolds into more than " + std::to_string(limit) + " " + unit);
        spent += amount;
    }
    std::string text(const std::string& of) {
        spend(text_bytes_, of.size(), limits_.text_bytes, "bytes of text");
        return of;
    }
    std::string key_text(Ref ref) {
        if (const auto* key = std::get_if<std::string>(&nodes_[ref])) return text(*key);
        if (const auto* key = std::get_if<std::int64_t>(&nodes_[ref])) return text(std::to_string(*key));
        not_allowed("a dictionary's key that is neither text nor an integer");
    }
    PickleValue::List unfold_list(const std::vector<Ref>& items, std::size_t depth) {
        PickleValue::List list;
        for (const Ref item : items) list.push_back(unfold(item, depth + 1));
        return list;
    }
    // As in Python: a key that comes again keeps its place and gets the new value.
    PickleValue::Dict unfold_dict(const std::vector<std::pair<Ref, Ref>>& items, std::size_t depth) {
        PickleValue::Dict dict;
        std::unordered_map<std::string, std::size_t> places;
        for (const auto& [key_ref, value_ref] : items) {
            std::string key = key_text(key_ref);
            PickleValue value = unfold(value_ref, depth + 1);
            const auto [place, is_new] = places.emplace(key, dict.size());
            if (is_new)
                dict.push_back({std::move(key), std::move(value)});
            else
                dict[place->second].value = std::move(value);
        }
        return dict;
    }
    PickleValue unfold(Ref ref, std::size_t depth) {
        if (depth > limits_.depth)
            too_large("it nests lists or dictionaries more than " + std::to_string(limits_.depth) + " deep");
        spend(values_, 1, limits_.values, "values");
        const Node& node = nodes_[ref];
        if (const auto* flag = std::get_if<bool>(&node)) return {*flag};
        if (const auto* integer = std::get_if<std::int64_t>(&node)) return {*integer};
        if (const auto* real = std::get_if<double>(&node)) return {*real};
        if (const auto* string = std::get_if<std::string>(&node)) return {text(*string)};
        if (const auto* tuple = std::get_if<Tuple>(&node)) return {unfold_list(tuple->items, depth)};
        if (const auto* list = std::get_if<List>(&node)) return {unfold_list(list->items, depth)};
        if (const auto* dict = std::get_if<Dict>(&node)) return {unfold_dict(dict->items, depth)};
        if (const auto* tensor = std::get_if<Tensor>(&node)) {
            spend(elements_, (*tensor)->element_count(), limits_.elements, "elements of tensors");
            return {**tensor};
        }
        if (std::holds_alternative<None>(node)) return {};
        not_allowed("a class, function or storage by itself");
    }

    std::string_view rest_;
    const LoadStorage& load_storage_;
    const PickleLimits& limits_;
    std::deque<Node> nodes_;  // every value ever made; references stay valid
    std::vector<Ref> stack_;
    std::vector<std::size_t> marks_;  // heights of the stack
    std::unordered_map<Ref, Ref> memo_;
    std::size_t values_ = 0;
    std::size_t text_bytes_ = 0;
    std::size_t elements_ = 0;
};

}  // namespace

Result<PickleValue> parse_pickle(std::string_view bytes, std::string_view name, const LoadStorage& load_storage,
                                 const PickleLimits& limits) {
    try {
        return Machine(bytes, load_storage, limits).run();
    } catch (const Refused& refused) {
        return Error{refused.error.code, std::string(name) + ": " + refused.error.message};
    }
}

}  // namespace convscope
