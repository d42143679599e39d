// Pickles written out by hand, instruction by instruction; those of real files are judged by torch_file_test.py.
#include "engine/formats/pickle_machine.h"

#include "tests/support/catch.h"

#include <cmath>
#include <map>

using namespace convscope;
using namespace std::string_literals;

namespace {

const std::map<std::string, std::string> kStorages{
    {"0", std::string("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 12)}};  // 1, 2, 3

Result<PickleValue> parse(const std::string& body, const PickleLimits& limits = {}) {
    const LoadStorages load = [](const std::vector<StorageRequest>& wanted,
                                 std::string_view) -> Result<std::vector<SharedBytes>> {
        std::vector<SharedBytes> storages;
        for (const StorageRequest& one : wanted) {
            const auto found = kStorages.find(one.key);
            if (found == kStorages.end()) return Error{ErrorCode::Corrupt, "no storage " + one.key};
            storages.emplace_back(found->second);
        }
        return storages;
    };
    return parse_pickle("\x80\x02" + body, "w.pth", load, limits);
}

std::string pickle_refusal(const std::string& body, const PickleLimits& limits = {}) {
    const auto parsed = parse(body, limits);
    REQUIRE_FALSE(parsed.ok());
    CHECK_THAT(parsed.error().message, contains_text("w.pth: "));
    return parsed.error().message;
}

// The name of the opaque value that it makes.
std::string opaque(const std::string& body, const PickleLimits& limits = {}) {
    const auto parsed = parse(body, limits);
    REQUIRE(parsed.ok());
    REQUIRE(parsed.value().as<PickleValue::Opaque>());
    return parsed.value().as<PickleValue::Opaque>()->name;
}

std::string text(const std::string& of) { return "\x8c"s + static_cast<char>(of.size()) + of; }
std::string small(int value) { return "K"s + static_cast<char>(value); }
std::string tuple(const std::string& items) { return "(" + items + "t"; }
std::string integer(std::int64_t value) {
    std::string bytes = "\x8a\x08";
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(value >> shift);
    return bytes;
}
std::string storage(int count, const std::string& key = "0") {
    return tuple(text("storage") + "ctorch\nFloatStorage\n" + text(key) + text("cpu") + small(count)) + "Q";
}
std::string tensor(const std::string& offset, const std::string& shape, const std::string& strides, int count = 3) {
    return "ctorch._utils\n_rebuild_tensor_v2\n" +
           tuple(storage(count) + offset + tuple(shape) + tuple(strides) + "\x89}") + "R";
}

}  // namespace

TEST_CASE("A strided view is gathered from its storage") {
    const auto parsed = parse(tensor(small(0), small(2) + small(2), small(1) + small(1)) + ".");
    REQUIRE(parsed.ok());
    const auto* found = parsed.value().as<StoredTensor>();
    REQUIRE(found);
    CHECK(found->shape == std::vector<std::int64_t>{2, 2});
    CHECK(found->floats() == std::vector<float>{1, 2, 2, 3});
    CHECK(found->integers().empty());
}

TEST_CASE("A tensor that reaches beyond its storage is refused, whatever overflows") {
    constexpr std::int64_t kHuge = std::int64_t{1} << 62;
    const std::string outside[] = {
        tensor(small(0), small(4), small(1)),
        tensor(small(1), small(3), small(1)),
        tensor(small(0), small(2), small(3)),
        tensor(small(3), "", ""),
        tensor(integer(-1), small(1), small(1)),
        tensor(integer(kHuge), small(3), integer(kHuge)),
        tensor(small(0), integer(kHuge) + integer(kHuge), small(0) + small(0)),
        tensor(small(0), integer(kHuge), integer(kHuge)),
    };
    for (const std::string& body : outside)
        CHECK_THAT(pickle_refusal(body + "."), contains_text("beyond its storage of 3"));
    CHECK_THAT(pickle_refusal(tensor(small(0), integer(-1), small(1)) + "."), contains_text("negative"));
    CHECK_THAT(pickle_refusal(tensor(small(0), small(1), integer(-1)) + "."), contains_text("negative"));
    CHECK_THAT(pickle_refusal(tensor(small(0), small(1), "") + "."), contains_text("strides"));
    CHECK_THAT(pickle_refusal(storage(4) + "."), contains_text("3 elements instead of 4"));
    CHECK_THAT(pickle_refusal(tensor(small(0), small(3), small(1), 2) + "."), contains_text("beyond its storage of 2"));
}

TEST_CASE("The stride of a dimension of one element does not matter, however large") {
    const auto parsed = parse(
        tensor(small(1), small(1) + small(2) + small(1), integer(INT64_MAX) + small(1) + integer(INT64_MAX)) + ".");
    REQUIRE(parsed.ok());
    CHECK(parsed.value().as<StoredTensor>()->floats() == std::vector<float>{2, 3});
}

TEST_CASE("A tensor without elements may lie anywhere, and sizes that only an empty one can have are no overflow") {
    const auto parsed = parse(tensor(small(3), small(0) + small(5), small(1) + small(1)) + ".");
    REQUIRE(parsed.ok());
    CHECK(parsed.value().as<StoredTensor>()->floats().empty());
}

TEST_CASE("A tensor that repeats its elements more often than allowed is not read, and many that do so are refused") {
    PickleLimits limits;
    limits.elements = 1000;
    const std::string body = tensor(small(0), small(100) + small(9), small(0) + small(0));
    CHECK(parse(body + ".", limits).ok());
    CHECK_THAT(pickle_refusal("]((" + body + "q\0"s + "h\0t"s + "e.", limits),
               contains_text("more than 1000 elements"));
    CHECK(opaque(tensor(small(0), small(100) + small(11), small(0) + small(0)) + ".", limits) ==
          "a tensor of 100x11 that repeats its numbers");
}

TEST_CASE("Whatever a pickle names is never called: it becomes an opaque value that knows its name") {
    const std::pair<std::string, std::string> names[] = {
        {"os", "system"}, {"builtins", "eval"}, {"torch", "load"}, {"torch._utils", "_rebuild_qtensor"}};
    for (const auto& [module, name] : names) {
        const std::string global = "c" + module + "\n" + name + "\n";
        CHECK(opaque(global + text("ls") + "\x85R.") == module + "." + name);  // REDUCE
        CHECK(opaque(global + ")\x81.") == module + "." + name);               // NEWOBJ
        CHECK(opaque(global + ")}\x92.") == module + "." + name);              // NEWOBJ_EX
        CHECK(opaque("(" + global + text("ls") + "o.") == module + "." + name);
        CHECK(opaque("(" + text("ls") + "i" + module + "\n" + name + "\n.") == module + "." + name);
        CHECK(opaque(global + ".") == module + "." + name);
        CHECK(opaque(global + ")R)R.") == module + "." + name);  // what it returns is called in turn
    }
    CHECK(opaque(text("os") + text("system") + "\x93.") == "os.system");
    CHECK(opaque("ccollections\nOrderedDict\n.") == "collections.OrderedDict");
    CHECK(opaque("ccollections\nOrderedDict\n" + tuple("]K\1a") + "R.") == "collections.OrderedDict");
    CHECK(opaque("\x8a\x09"s + std::string(9, '\1') + ".") == "an integer of more than 64 bits");
    CHECK_THAT(pickle_refusal("\xff."), contains_text("0xff is no instruction"));
}

TEST_CASE("An unknown object keeps its attributes, and what is filled like a dictionary is one") {
    const auto object = parse("cmy\nArgs\n)\x81}" + text("lr") + small(3) + "sb.");
    REQUIRE(object.ok());
    const auto* args = object.value().as<PickleValue::Opaque>();
    REQUIRE(args);
    CHECK(args->name == "my.Args");
    REQUIRE(args->attributes.size() == 1);
    CHECK(args->attributes[0].key == "lr");
    const auto dict = parse("ccollections\ndefaultdict\ncbuiltins\nlist\n\x85R" + text("a") + small(1) + "s.");
    REQUIRE(dict.ok());
    REQUIRE(dict.value().find("a"));
}

TEST_CASE("A tensor of unknown elements, or of a class of its own, is opaque") {
    const std::string complex_storage =
        tuple(text("storage") + "ctorch\nComplexFloatStorage\n" + text("0") + text("cpu") + small(3)) + "Q";
    const std::string arguments = small(0) + tuple(small(3)) + tuple(small(1)) + "\x89}";
    const std::string rebuild = "ctorch._utils\n_rebuild_tensor_v2\n";
    CHECK(opaque(rebuild + tuple(complex_storage + arguments) + "R.") == "a tensor of torch.ComplexFloatStorage");
    const std::string from_type = "ctorch._tensor\n_rebuild_from_type_v2\n";
    const std::string plain = tuple(storage(3) + arguments);
    CHECK(opaque(from_type + tuple(rebuild + "cmy\nQuantised\n" + plain + "}") + "R.") == "my.Quantised");
    const auto parsed = parse(from_type + tuple(rebuild + "ctorch\nTensor\n" + plain + "}") + "R.");
    REQUIRE(parsed.ok());
    REQUIRE(parsed.value().as<StoredTensor>());
    CHECK(parsed.value().as<StoredTensor>()->floats() == std::vector<float>{1, 2, 3});
}

TEST_CASE("A part of a storage, as PyTorch wrote it before 1.0, begins where it says") {
    const auto part = [](int first, int count) {
        const std::string id = tuple(text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + small(3) +
                                     tuple(text("1") + small(first) + small(count))) +
                               "Q";
        return "ctorch._utils\n_rebuild_tensor\n" + tuple(id + small(0) + tuple(small(2)) + tuple(small(1))) + "R.";
    };
    const auto parsed = parse(part(1, 2));
    REQUIRE(parsed.ok());
    CHECK(parsed.value().as<StoredTensor>()->floats() == std::vector<float>{2, 3});
    CHECK_THAT(pickle_refusal(part(2, 2)), contains_text("reaches beyond it"));
    CHECK_THAT(pickle_refusal(part(1, 1)), contains_text("beyond its storage of 1"));
}

TEST_CASE("A pickle that ends or stumbles anywhere is refused") {
    const std::string whole = "}(" + text("w") + tensor(small(0), small(3), small(1)) + text("n") + "J\1\2\3\4u.";
    REQUIRE(parse(whole).ok());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto parsed = parse(whole.substr(0, length));
        CAPTURE(length);
        REQUIRE_FALSE(parsed.ok());
        CHECK_THAT(parsed.error().message, contains_text("ends too early"));
    }
    for (const char* body :
         {".",  "t.",  "q\1.", "h\1.",   "R.",   "Q.",    "b.",    "a.",    "s.", "u.", "](}a.", "]K\1s.", "}(K\1u.",
          "o.", "(o.", "i.",   "(io\n.", "p\n.", "g9\n.", "Ix\n.", "Fx\n.", "2.", "0.", "1.",    "d.",     "l."}) {
        CAPTURE(body);
        CHECK_FALSE(parse(body).ok());
    }
}

TEST_CASE("What LibTorch wraps around typed containers is taken off") {
    const auto parsed = parse("ctorch.jit._pickle\nrestore_type_tag\n](K\1K\2e" + text("List[int]") + "\x86R.");
    REQUIRE(parsed.ok());
    REQUIRE(parsed.value().as<PickleValue::List>());
    CHECK(parsed.value().as<PickleValue::List>()->size() == 2);
}

TEST_CASE("Numbers keep their sign and size") {
    const auto parsed = parse("](" + integer(INT64_MIN) + "\x8a\x01\xff" + "\x8a\x00"s + "J\xfe\xff\xff\xff" +
                              "M\xff\xff" + "G\x3f\xf8\0\0\0\0\0\0"s + "\x88\x89Ne.");
    REQUIRE(parsed.ok());
    const auto& list = *parsed.value().as<PickleValue::List>();
    REQUIRE(list.size() == 9);
    CHECK(*list[0].as<std::int64_t>() == INT64_MIN);
    CHECK(*list[1].as<std::int64_t>() == -1);
    CHECK(*list[2].as<std::int64_t>() == 0);
    CHECK(*list[3].as<std::int64_t>() == -2);
    CHECK(*list[4].as<std::int64_t>() == 65535);
    CHECK(*list[5].as<double>() == 1.5);
    CHECK(*list[6].as<bool>());
    CHECK_FALSE(*list[7].as<bool>());
    CHECK(list[8].as<PickleValue::None>());
}

TEST_CASE("A key that comes again keeps its place and gets the new value") {
    const auto parsed =
        parse("}(" + text("a") + small(1) + text("b") + small(2) + text("a") + small(3) + small(7) + "Nu.");
    REQUIRE(parsed.ok());
    const auto& dict = *parsed.value().as<PickleValue::Dict>();
    REQUIRE(dict.size() == 3);
    CHECK(dict[0].key == "a");
    CHECK(*dict[0].value.as<std::int64_t>() == 3);
    CHECK(dict[2].key == "7");
    CHECK(parsed.value().find("b"));
    CHECK_FALSE(parsed.value().find("c"));
}

TEST_CASE("Lists within themselves and deep ones are cut, and ones that unfold without end are refused") {
    const auto innermost = [](const std::string& body) {
        const auto parsed = parse(body);
        REQUIRE(parsed.ok());
        const PickleValue* value = &parsed.value();
        while (value->as<PickleValue::List>() && !value->as<PickleValue::List>()->empty())
            value = &value->as<PickleValue::List>()->front();
        return value->as<PickleValue::Opaque>() ? value->as<PickleValue::Opaque>()->name : "a list";
    };
    CHECK(innermost("]q\0h\0a."s) == "a value within itself");
    CHECK(innermost(std::string(70, ']') + std::string(69, 'a') + ".") == "a value that is nested too deep");
    CHECK(innermost(std::string(60, ']') + std::string(59, 'a') + ".") == "a list");
    PickleLimits short_lists;
    short_lists.list_items = 3;
    CHECK(opaque("](NNNNe.", short_lists) == "a list of 4 values");
    // Thirty lists, each of which holds the one before twice.
    std::string doubling = "]";
    for (int i = 0; i < 30; ++i) doubling += "q\0]h\0ah\0a"s;
    CHECK_THAT(pickle_refusal(doubling + "."), contains_text("1000000 values"));
    // A thousand times the same long text.
    std::string texts = "](X"s + std::string("\0\0\x10\0", 4) + std::string(1 << 20, 'x') + "q\0"s;
    for (int i = 0; i < 100; ++i) texts += "h\0"s;
    CHECK_THAT(pickle_refusal(texts + "e."), contains_text("bytes of text"));
    CHECK_THAT(pickle_refusal(storage(1, std::string(255, 'k')) + "."), contains_text("key longer than any"));
}

TEST_CASE("A list that is too long to be read is let go of while it is read, but for what is known elsewhere") {
    PickleLimits limits;
    limits.list_items = 100;
    limits.held_bytes = 16384;
    std::string batches;
    for (int i = 0; i < 1000; ++i) batches += "(NK\7J\1\2\3\4\x88G\x3f\xf8\0\0\0\0\0\0\x8c\1xe"s;
    CHECK(opaque("]" + batches + ".", limits) == "a list of 6000 values");
    std::string one_by_one;
    for (int i = 0; i < 3000; ++i) one_by_one += "K\7a"s;
    CHECK(opaque("]" + one_by_one + ".", limits) == "a list of 3000 values");

    const std::string shared = "(K\5K\6q\1K\7\x32" + std::string("e");  // the second is kept, the third twice there
    const auto parsed =
        parse("}(" + text("long") + "]" + batches + shared + text("six") + "h\1" + text("new") + "K\x09u.", limits);
    REQUIRE(parsed.ok());
    CHECK(parsed.value().find("long")->as<PickleValue::Opaque>()->name == "a list of 6004 values");
    CHECK(*parsed.value().find("six")->as<std::int64_t>() == 6);
    CHECK(*parsed.value().find("new")->as<std::int64_t>() == 9);
}

TEST_CASE("A pickle whose values would take too much memory is refused, however few bytes ask for them") {
    PickleLimits limits;
    limits.held_bytes = 1 << 20;
    const auto repeated = [](const std::string& part) {
        std::string all;
        for (int i = 0; i < 400'000; ++i) all += part;
        return all;
    };
    const std::string kMany[] = {
        "](" + repeated("]"),
        "](" + repeated(")"),
        "](" + repeated("K\7\x85"),
        "]" + repeated("("),
        "]q\0"s + repeated("h\0"s),
        "]q\0"s + repeated("2"),
        "}(" + repeated("K\7N"),
        "(" + repeated("K\7"),
        "X"s + std::string("\0\0\1\0", 4) + std::string(1 << 16, 'x') + "q\0"s + repeated("h\0h\0\x93\x30"s),
    };
    for (const std::string& body : kMany) {
        CAPTURE(body.substr(0, 8));
        CHECK_THAT(pickle_refusal(body + ".", limits),
                   contains_text("the values in its pickle would take more than 1 MB of memory") &&
                       contains_text("save the weights alone"));
    }
    // Each of a class of the same long name, which is there once.
    std::string objects = "](c" + std::string(1 << 16, 'x') + "\nX\nq\0"s;
    for (int i = 0; i < 1000; ++i) objects += "h\0)R"s;
    CHECK(parse(objects + "1N.", limits).ok());
}

TEST_CASE("Pickles of every protocol are begun, and of no other") {
    const auto begun = [](const std::string& bytes) {
        const LoadStorages none = [](const auto&, std::string_view) { return std::vector<SharedBytes>{}; };
        return parse_pickle(bytes, "w.pth", none).ok();
    };
    for (const std::string& bytes : {""s, "\x80"s, "\x80\x06N."s, "(dp0\n"s}) CHECK_FALSE(begun(bytes));
    for (const std::string& bytes : {"\x80\x05N."s, "}q\0."s, "(dp0\n."s, "(I01\nI7\nL8L\nF0.5\nS'a'\nVb\nlp1\ng1\n."s})
        CHECK(begun(bytes));
}
