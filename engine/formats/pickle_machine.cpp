#include "engine/formats/pickle_machine.h"

#include "engine/formats/pickle_nodes.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <unordered_map>
#include <utility>

namespace convscope {
namespace pickle {
namespace {

constexpr const char* kLongInteger = "an integer of more than 64 bits";

class Machine {
public:
    Machine(Values& values, std::string_view bytes, std::size_t list_items)
        : values_(values), rest_(bytes), list_items_(list_items) {}

    // The number of the value that it makes; rest() is what follows then.
    Ref run() {
        if (rest_.size() >= 2 && rest_[0] == '\x80' && static_cast<unsigned char>(rest_[1]) > 5)
            damaged("its pickle is of a protocol that does not exist");
        while (step()) {
        }
        return pop();
    }
    std::string_view rest() const { return rest_; }

private:
    // One instruction; false at the last one. The names are those of Python's pickle module.
    bool step() {
        const auto code = static_cast<unsigned char>(take(1)[0]);
        switch (code) {
            case '.':  // STOP
                return false;
            case 0x80:  // PROTO
                take(1);
                return true;
            case 0x95:  // FRAME: a hint for readers
                take(8);
                return true;
            case 'q':  // BINPUT
                keep_as(static_cast<Ref>(number(1)));
                return true;
            case 'r':  // LONG_BINPUT
                keep_as(static_cast<Ref>(number(4)));
                return true;
            case 'p':  // PUT
                keep_as(decimal<Ref>(line()));
                return true;
            case 0x94:  // MEMOIZE
                keep_as(static_cast<Ref>(memo_.size()));
                return true;
            case 'h':  // BINGET
                recall(static_cast<Ref>(number(1)));
                return true;
            case 'j':  // LONG_BINGET
                recall(static_cast<Ref>(number(4)));
                return true;
            case 'g':  // GET
                recall(decimal<Ref>(line()));
                return true;
            default:
                if (!push_plain(code) && !handle_container(code) && !handle_named(code)) {
                    constexpr const char* kDigits = "0123456789abcdef";
                    damaged(std::string("0x") + kDigits[code >> 4] + kDigits[code & 15] +
                            " is no instruction of a pickle");
                }
                return true;
        }
    }

    // Numbers and texts; false for another instruction.
    bool push_plain(unsigned char code) {
        switch (code) {
            case 'N':  // NONE
                push(None{});
                return true;
            case 0x88:  // NEWTRUE
                push(true);
                return true;
            case 0x89:  // NEWFALSE
                push(false);
                return true;
            case 'J':  // BININT
                push(std::int64_t{static_cast<std::int32_t>(number(4))});
                return true;
            case 'K':  // BININT1
                push(static_cast<std::int64_t>(number(1)));
                return true;
            case 'M':  // BININT2
                push(static_cast<std::int64_t>(number(2)));
                return true;
            case 0x8A:  // LONG1
                push_long(number(1));
                return true;
            case 0x8B:  // LONG4
                push_long(number(4));
                return true;
            case 'I':  // INT, and protocol 1's flags
            case 'L':  // LONG
                push_decimal(line());
                return true;
            case 'G':  // BINFLOAT
                push(std::bit_cast<double>(big_endian_number()));
                return true;
            case 'F':  // FLOAT
                push(decimal<double>(line()));
                return true;
            case 0x8C:  // SHORT_BINUNICODE
            case 'U':   // SHORT_BINSTRING: a text of Python 2
            case 'C':   // SHORT_BINBYTES
                push(take(number(1)));
                return true;
            case 'X':  // BINUNICODE
            case 'T':  // BINSTRING
            case 'B':  // BINBYTES
                push(take(number(4)));
                return true;
            case 0x8D:  // BINUNICODE8
            case 0x8E:  // BINBYTES8
            case 0x96:  // BYTEARRAY8
                push(take(number(8)));
                return true;
            case 'V':  // UNICODE
                push(line());
                return true;
            case 'S': {  // STRING, in quotes
                const std::string_view text = line();
                push(text.size() < 2 ? text : text.substr(1, text.size() - 2));
                return true;
            }
            default:
                return false;
        }
    }

    // The stack, tuples, lists, sets and dictionaries; false for another instruction.
    bool handle_container(unsigned char code) {
        switch (code) {
            case '(':  // MARK
                values_.hold(sizeof(std::size_t));
                marks_.push_back(stack_.size());
                return true;
            case '0':  // POP
                if (!marks_.empty() && marks_.back() == stack_.size())
                    marks_.pop_back();
                else
                    pop();
                return true;
            case '1':  // POP_MARK
                pop_to_mark();
                return true;
            case '2':  // DUP
                push_again(top());
                return true;
            case '}':  // EMPTY_DICT
                push(Dict{});
                return true;
            case ']':   // EMPTY_LIST
            case 0x8F:  // EMPTY_SET
                push(List{});
                return true;
            case ')':  // EMPTY_TUPLE
                push(Tuple{});
                return true;
            case 't':  // TUPLE
                stack_.push_back(values_.add_tuple(pop_to_mark()));
                return true;
            case 0x85:  // TUPLE1
            case 0x86:  // TUPLE2
            case 0x87:  // TUPLE3
                stack_.push_back(values_.add_tuple(pop_some(code - 0x84U)));
                return true;
            case 'l':   // LIST
            case 0x91:  // FROZENSET
                stack_.push_back(values_.add_list(pop_to_mark()));
                return true;
            case 'd': {  // DICT
                const std::vector<Ref> items = pop_to_mark();
                push(Dict{});
                set_items(items);
                return true;
            }
            case 'a':  // APPEND
                append(pop_some(1));
                return true;
            case 'e':   // APPENDS
            case 0x90:  // ADDITEMS
                append(pop_to_mark());
                return true;
            case 's':  // SETITEM
                set_items(pop_some(2));
                return true;
            case 'u':  // SETITEMS
                set_items(pop_to_mark());
                return true;
            default:
                return false;
        }
    }

    // What a pickle names, and what it would make of that; false for another instruction.
    bool handle_named(unsigned char code) {
        switch (code) {
            case 'c':  // GLOBAL
                push_global();
                return true;
            case 0x93: {  // STACK_GLOBAL
                const std::string_view name = values_.get<std::string_view>(pop(), "a name");
                push_named(values_.get<std::string_view>(pop(), "a module's name"), name);
                return true;
            }
            case 'R':     // REDUCE
            case 0x81: {  // NEWOBJ
                const Ref arguments = pop();
                const Ref callable = pop();
                stack_.push_back(reduce(values_, callable, arguments));
                return true;
            }
            case 0x92: {  // NEWOBJ_EX
                pop();    // arguments by name
                const Ref arguments = pop();
                const Ref callable = pop();
                stack_.push_back(reduce(values_, callable, arguments));
                return true;
            }
            case 'i':    // INST
            case 'o': {  // OBJ
                if (code == 'i') push_global_below_mark();
                std::vector<Ref> parts = pop_to_mark();
                if (parts.empty()) damaged("its pickle has an object without a class");
                const Ref callable = parts.front();
                parts.erase(parts.begin());
                const Ref arguments = values_.add_tuple(std::move(parts));
                stack_.push_back(reduce(values_, callable, arguments));
                return true;
            }
            case 'b': {  // BUILD
                const Ref state = pop();
                build(values_, top(), state);
                return true;
            }
            case 'Q': {  // BINPERSID
                const Ref id = pop();
                stack_.push_back(persistent(values_, id));
                return true;
            }
            case 'P':  // PERSID
                line();
                stack_.push_back(values_.add_unread("a value that is kept elsewhere"));
                return true;
            default:
                return false;
        }
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
    std::string_view line() {
        const std::size_t end = rest_.find('\n');
        if (end == std::string_view::npos) damaged("its pickle ends too early");
        const std::string_view text = take(end);
        take(1);
        return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
    }
    template <typename T>
    T decimal(std::string_view text) {
        T value{};
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (problem != std::errc{} || end != text.data() + text.size())
            damaged("its pickle has something else where a number belongs");
        return value;
    }

    // --- the stack ---

    void push(Node node) { stack_.push_back(values_.add(std::move(node))); }
    // Two's complement of any number of bytes.
    void push_long(std::uint64_t bytes) {
        if (bytes == 0) return push(std::int64_t{0});
        if (bytes > 8) {
            take(bytes);
            stack_.push_back(values_.add_unread(kLongInteger));
            return;
        }
        const std::uint64_t unused_bits = 64 - 8 * bytes;
        push(static_cast<std::int64_t>(number(bytes) << unused_bits) >> unused_bits);
    }
    void push_decimal(std::string_view text) {
        if (text == "00" || text == "01") return push(text == "01");
        if (text.ends_with('L')) text.remove_suffix(1);
        constexpr std::size_t kSurelyFits = 18;
        if (text.size() > kSurelyFits) {
            stack_.push_back(values_.add_unread(kLongInteger));
            return;
        }
        push(decimal<std::int64_t>(text));
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
        push_again(found->second);
    }
    // What is there already, and may be in more than one place from now on.
    void push_again(Ref ref) {
        values_.hold(sizeof(Ref));
        known_ = std::max(known_, ref);
        stack_.push_back(ref);
    }
    void keep_as(Ref number) {
        constexpr std::size_t kEntry = 48;  // bytes
        values_.hold(kEntry);
        known_ = std::max(known_, top());
        memo_[number] = top();
    }
    bool is_unknown(Ref ref) { return values_.find<Object>(ref) || values_.find<Unread>(ref); }
    void append(const std::vector<Ref>& items) {
        if (is_unknown(top())) return;
        std::vector<Ref>& list = values_.get<List>(top(), "a list").items;
        if (values_.long_lists.contains(top()) || list.size() + items.size() > list_items_) {  // nothing of it is read
            values_.long_lists.try_emplace(top(), list.size()).first->second += items.size();
            return let_go(items);
        }
        values_.hold_items(items.size());
        list.insert(list.end(), items.begin(), items.end());
    }
    // Of values that came from the stack, those at the end that are plain and can be nowhere else.
    void let_go(const std::vector<Ref>& items) {
        const auto is_plain = [](const Node& node) { return node.index() <= Node(std::string_view()).index(); };
        for (std::size_t i = items.size();
             i-- > 0 && items[i] > known_ && items[i] + 1 == values_.nodes.size() && is_plain(values_.nodes.back());)
            values_.take_back_last();
    }
    void set_items(const std::vector<Ref>& items) {
        if (items.size() % 2 != 0) damaged("its pickle has a key without a value");
        if (values_.find<Unread>(top())) return;
        Pairs& pairs = values_.find<Object>(top()) ? values_.objects[values_.find<Object>(top())->body].items
                                                   : values_.get<Dict>(top(), "a dictionary").items;
        values_.hold_items(items.size());
        for (std::size_t i = 0; i < items.size(); i += 2) pairs.emplace_back(items[i], items[i + 1]);
    }

    // --- names ---

    void push_named(std::string_view module, std::string_view name) {
        push(Global{values_.add_name(std::string(module) + '.' + std::string(name))});
    }
    void push_global() {
        const std::string_view module = line();
        push_named(module, line());
    }
    void push_global_below_mark() {
        push_global();
        if (marks_.empty()) damaged("its pickle uses a mark that it does not have");
        std::rotate(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end() - 1, stack_.end());
    }

    Values& values_;
    std::string_view rest_;
    std::vector<Ref> stack_;
    std::vector<std::size_t> marks_;  // heights of the stack
    std::unordered_map<Ref, Ref> memo_;
    std::size_t list_items_;
    Ref known_ = 0;  // the newest value that may be in more than one place
};

PickleValue parse(std::string_view bytes, const LoadStorages& load_storages, const PickleLimits& limits) {
    Values values(limits.held_bytes);
    Machine machine(values, bytes, limits.list_items);
    const Ref root = machine.run();
    auto storages = load_storages(values.storages, machine.rest());
    if (!storages) throw Refused{storages.error()};
    for (std::size_t i = 0; i < values.storages.size(); ++i) {
        const StorageRequest& wanted = values.storages[i];
        if (!wanted.is_needed) continue;
        const std::size_t there = storages.value()[i].size() / wanted.width;
        if (static_cast<std::uint64_t>(wanted.count) > there)
            damaged("storage " + in_quotes(wanted.key) + " has " + std::to_string(there) + " elements instead of " +
                    std::to_string(wanted.count));
    }
    return unfold(values, root, storages.value(), limits);
}

}  // namespace

void damaged(const std::string& how) {
    throw Refused{{ErrorCode::Corrupt, "it is damaged (" + how + "); copy it, or save it, again"}};
}
void too_large(const std::string& what) {
    throw Refused{{ErrorCode::Unsupported, what + ", more than a file of weights needs; save the weights alone: "
                                                  "torch.save(model.state_dict(), 'weights.pth')"}};
}

}  // namespace pickle

Result<PickleValue> parse_pickle(std::string_view bytes, std::string_view name, const LoadStorages& load_storages,
                                 const PickleLimits& limits) {
    try {
        return pickle::parse(bytes, load_storages, limits);
    } catch (const pickle::Refused& refused) {
        return Error{refused.error.code, std::string(name) + ": " + refused.error.message};
    }
}

}  // namespace convscope
