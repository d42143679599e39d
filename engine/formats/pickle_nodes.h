// Within the pickle reader: the values while a pickle is being read. Containers hold the numbers of their elements'
// nodes, as a pickle may fill them after they have been referred to, even from within themselves.
#pragma once

#include "engine/core/result.h"
#include "engine/formats/pickle_machine.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace convscope::pickle {

// Thrown where a pickle is refused, caught in parse_pickle().
struct Refused {
    Error error;
};
[[noreturn]] void damaged(const std::string& how);
[[noreturn]] void too_large(const std::string& what);

using Ref = std::uint32_t;
using Pairs = std::vector<std::pair<Ref, Ref>>;

struct None {};
struct Tuple {
    std::vector<Ref> items;
};
struct List {  // sets too
    std::vector<Ref> items;
};
struct Dict {
    Pairs items;
};
struct Global {  // a class or function that is named
    const std::string* name;
};
struct Storage {  // a stretch of one
    std::uint32_t request;
    DType dtype;
    std::int64_t first, count;  // elements
};
struct Tensor {
    std::uint32_t view;
};
struct Object {  // what something that is not known here would make
    std::uint32_t body;
};
struct Unread {  // a value that has no other place here
    const std::string* name;
};
using Node = std::variant<None, bool, std::int64_t, double, std::string_view, Tuple, List, Dict, Global, Storage,
                          Tensor, Object, Unread>;

struct TensorView {
    Storage storage;
    std::int64_t offset;
    std::vector<std::int64_t> shape, strides;
    bool negated = false;  // its elements are those of the storage with the other sign
};
struct ObjectBody {
    const std::string* name;  // of its class, or of the function that makes it
    bool has_state = false;
    Ref state = 0;
    Pairs items;  // of something like a dictionary
};

// All values of one pickle. References stay valid; texts are views of the pickle.
struct Values {
    explicit Values(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    std::deque<Node> nodes;
    std::deque<std::string> names;
    std::deque<TensorView> tensors;
    std::deque<ObjectBody> objects;
    std::vector<StorageRequest> storages;
    std::unordered_map<std::string, std::uint32_t> storage_places;  // by key and width
    std::unordered_map<Ref, std::size_t> long_lists;  // those of more values than are kept, and how many they had

    Ref add(Node node) {
        hold(sizeof(Node));
        nodes.push_back(std::move(node));
        return static_cast<Ref>(nodes.size() - 1);
    }
    Ref add_tuple(std::vector<Ref> items) {
        hold_items(items.size());
        return add(Tuple{std::move(items)});
    }
    Ref add_list(std::vector<Ref> items) {
        hold_items(items.size());
        return add(List{std::move(items)});
    }
    Ref add_unread(std::string name) { return add(Unread{add_name(std::move(name))}); }
    const std::string* add_name(std::string name) {
        hold(sizeof(std::string) + name.size());
        return &names.emplace_back(std::move(name));
    }
    // The newest value, which nobody knows of any more.
    void take_back_last() {
        nodes.pop_back();
        held_ -= sizeof(Node);
    }

    // Counts what is about to be kept: a pickle that asks for more than may be held is refused before it takes it.
    void hold(std::size_t bytes) {
        held_ += bytes;
        if (held_ > most_bytes_)
            too_large("the values in its pickle would take more than " + std::to_string(most_bytes_ >> 20) +
                      " MB of memory");
    }
    // Of a container, which grows by doubling.
    void hold_items(std::size_t count) {
        constexpr std::size_t kBlock = 32;
        if (count > 0) hold(kBlock + 2 * sizeof(Ref) * count);
    }

    template <typename T>
    T* find(Ref ref) {
        return std::get_if<T>(&nodes[ref]);
    }
    template <typename T>
    T& get(Ref ref, const char* wanted) {
        T* found = find<T>(ref);
        if (!found) damaged(std::string("its pickle has something else where ") + wanted + " belongs");
        return *found;
    }

private:
    std::size_t most_bytes_;
    std::size_t held_ = 0;
};

// What comes of calling what the pickle names, `callable`, with a tuple of arguments: nothing is called. PyTorch's few
// functions that put tensors and containers together are done here; of all else an Object is made that knows its name.
Ref reduce(Values& values, Ref callable, Ref arguments);

// An object is given its attributes.
void build(Values& values, Ref object, Ref state);

// What a persistent id stands for: in torch.save's pickles a storage.
Ref persistent(Values& values, Ref id);

// The result, once the storages are there: one for each of values.storages.
PickleValue unfold(Values& values, Ref root, const std::vector<SharedBytes>& storages, const PickleLimits& limits);

}  // namespace convscope::pickle
