#include "engine/journal/journal_lines.h"

#include "engine/core/json_line.h"
#include "engine/journal/journal_fields.h"
#include "engine/recipe/recipe_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

namespace convscope {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHexDigits = "0123456789abcdef";

// ---- writing -------------------------------------------------------------------------------------------------------

struct FieldWriter {
    Json& object;

    // Left out where it is empty.
    void if_any(const char* name, const std::string& text) const {
        if (!text.empty()) (*this)(name, text);
    }
    void operator()(const char* name, const std::optional<Recipe>& recipe) const {
        if (recipe) (*this)(name, *recipe);
    }
    void operator()(const char* name, const Recipe& recipe) const { object[name] = to_toml(recipe); }
    // "batch", {"sample": 3} of it, {"split": "test", "index": 5} or {"pixels": "00ff...", "id": 1}.
    void operator()(const char* name, const ProbeSource& source) const {
        Json& probe = object[name];
        if (const auto* of_batch = std::get_if<BatchSample>(&source)) {
            if (of_batch->index == 0)
                probe = "batch";
            else
                probe["sample"] = of_batch->index;
        }
        if (const auto* held = std::get_if<HeldPicture>(&source)) visit_fields(*held, FieldWriter{probe});
        if (const auto* own = std::get_if<OwnPicture>(&source)) {
            std::string digits;
            for (std::int64_t i = 0; i < own->byte_count(); ++i)
                for (const int shift : {4, 0})
                    digits +=
                        kHexDigits[static_cast<std::size_t>((*own->pixels)[static_cast<std::size_t>(i)] >> shift & 15)];
            probe["pixels"] = digits;
            probe["id"] = own->id;
        }
    }
    // As they are written, a line each: "loss < 0.1\nunit dies (off)".
    void operator()(const char* name, const std::vector<Breakpoint>& list) const {
        std::string lines;
        for (const Breakpoint& one : list) lines += to_string(one) + '\n';
        object[name] = lines;
    }
    void operator()(const char* name, Split split) const { object[name] = split == Split::Train ? "train" : "test"; }
    void operator()(const char* name, FingerprintKind kind) const { object[name] = static_cast<int>(kind); }
    void operator()(const char* name, command::SetChannel::To to) const { object[name] = name_of(kChannelTo, to); }
    void operator()(const char* name, command::FillWeights::With with) const {
        object[name] = name_of(kFillWith, with);
    }
    // "2 7 4 -1": the numbers of each in turn, as no line of a journal has a list.
    template <typename One>
    requires requires(const One& one) { numbers_of(one); }
    void operator()(const char* name, const std::vector<One>& list) const {
        std::string numbers;
        for (const One& one : list)
            std::apply(
                [&](const auto&... number) {
                    ((numbers += (numbers.empty() ? "" : " ") + std::to_string(number)), ...);
                },
                numbers_of(one));
        object[name] = numbers;
    }
    // To the bit, whatever they are: eight digits each, the first those of the sign.
    void operator()(const char* name, const std::vector<float>& values) const {
        std::string digits;
        digits.reserve(8 * values.size());
        for (const float value : values)
            for (int shift = 28; shift >= 0; shift -= 4)
                digits += kHexDigits[std::bit_cast<std::uint32_t>(value) >> shift & 15];
        object[name] = digits;
    }
    template <typename T>
    void operator()(const char* name, const T& value) const {
        object[name] = value;  // of a double the shortest text that reads back as the same; null where it is no number
    }
};

struct EntryWriter {
    Json& object;

    void operator()(const journal::Begun& begun) const {
        object["event"] = "begun";
        visit_fields(begun, FieldWriter{object});
    }
    void operator()(const journal::Weights& weights) const {
        object["event"] = "weights";
        visit_fields(weights, FieldWriter{object});
    }
    void operator()(const journal::Saving& saving) const {
        object["event"] = "saving";
        visit_fields(saving, FieldWriter{object});
    }
    void operator()(const journal::Applied& applied) const {
        visit_fields(applied, FieldWriter{object});
        std::visit(
            [this](const auto& command) {
                using C = std::remove_cvref_t<decltype(command)>;
                if constexpr (kIsWritten<C>)
                    object["command"] = std::get<Named<C>>(kCommands).name;
                visit_fields(command, FieldWriter{object});
            },
            applied.command);
    }
};

// ---- reading -------------------------------------------------------------------------------------------------------

// Throws std::runtime_error, with a sentence, for what is not there or of another kind; nobody outside sees it.
struct FieldReader {
    const Json& object;

    const Json& member(const char* name) const {
        const auto found = object.find(name);
        if (found == object.end()) throw std::runtime_error(std::string("lacks '") + name + "'");
        return *found;
    }
    [[noreturn]] static void fail(const char* name) {
        throw std::runtime_error(std::string("'") + name + "' is of another kind than a journal has");
    }

    void if_any(const char* name, std::string& text) const {
        if (object.contains(name)) (*this)(name, text);
    }
    // Of a network that somebody asked for, in vain where it is none: then an empty one, which is refused again.
    void operator()(const char* name, std::optional<Recipe>& recipe) const {
        if (!object.contains(name)) return;
        Result<Recipe> read = read_recipe(name);
        recipe = read ? std::move(read).value() : Recipe();
    }
    void operator()(const char* name, Recipe& recipe) const {
        Result<Recipe> read = read_recipe(name);
        if (!read.ok()) throw std::runtime_error("holds no recipe: " + read.error().message);
        recipe = std::move(read).value();
    }
    Result<Recipe> read_recipe(const char* name) const {
        std::string toml;
        (*this)(name, toml);
        return parse_recipe(toml, "its recipe");
    }
    void operator()(const char* name, ProbeSource& source) const {
        const Json& probe = member(name);
        if (probe == "batch") {
            source = BatchSample{};
        } else if (!probe.is_object()) {
            fail(name);
        } else if (probe.contains("sample")) {
            BatchSample of_batch;
            FieldReader{probe}("sample", of_batch.index);
            if (of_batch.index < 0) fail(name);
            source = of_batch;
        } else if (probe.contains("pixels")) {
            std::string digits;
            OwnPicture own;
            FieldReader{probe}("pixels", digits);
            FieldReader{probe}("id", own.id);
            std::vector<std::uint8_t> pixels(digits.size() / 2);
            for (std::size_t i = 0; i < 2 * pixels.size(); ++i) {
                const std::size_t digit = kHexDigits.find(digits[i]);
                if (digit == std::string_view::npos) fail("pixels");
                pixels[i / 2] = static_cast<std::uint8_t>(16 * pixels[i / 2] + digit);
            }
            own.pixels = std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels));
            source = std::move(own);
        } else {
            HeldPicture held;
            visit_fields(held, FieldReader{probe});
            source = held;
        }
    }
    void operator()(const char* name, std::vector<Breakpoint>& list) const {
        std::string lines;
        (*this)(name, lines);
        for (std::string_view rest = lines; !rest.empty();) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(rest.size(), line.size() + 1));
            Result<Breakpoint> read = parse_breakpoint(line);
            if (!read) fail(name);
            list.push_back(std::move(read).value());
        }
    }
    void operator()(const char* name, Split& split) const {
        std::string text;
        (*this)(name, text);
        if (text != "train" && text != "test") fail(name);
        split = text == "train" ? Split::Train : Split::Test;
    }
    void operator()(const char* name, FingerprintKind& kind) const {
        int number = 0;
        (*this)(name, number);
        if (number != static_cast<int>(FingerprintKind::FirstPicture) &&
            number != static_cast<int>(FingerprintKind::SpreadSample))
            fail(name);
        kind = static_cast<FingerprintKind>(number);
    }
    void operator()(const char* name, command::SetChannel::To& to) const { read_word(name, kChannelTo, to); }
    void operator()(const char* name, command::FillWeights::With& with) const { read_word(name, kFillWith, with); }
    template <typename One>
    requires requires(One& one) { numbers_of(one); }
    void operator()(const char* name, std::vector<One>& list) const {
        std::string text;
        (*this)(name, text);
        const char* place = text.data();
        const char* const end = place + text.size();
        const auto read = [&](auto& number) {
            const auto [behind, problem] = std::from_chars(place, end, number);
            if (problem != std::errc() || (behind != end && *behind != ' ')) fail(name);
            place = behind == end ? end : behind + 1;
        };
        while (place != end) std::apply([&](auto&... number) { (read(number), ...); }, numbers_of(list.emplace_back()));
    }
    void operator()(const char* name, std::vector<float>& values) const {
        std::string digits;
        (*this)(name, digits);
        if (digits.size() % 8 != 0) fail(name);
        values.resize(digits.size() / 8);
        for (std::size_t i = 0; i < digits.size(); ++i) {
            const std::size_t digit = kHexDigits.find(digits[i]);
            if (digit == std::string_view::npos) fail(name);
            auto bits = std::bit_cast<std::uint32_t>(values[i / 8]);
            values[i / 8] = std::bit_cast<float>(bits << 4 | static_cast<std::uint32_t>(digit));
        }
    }
    template <typename Words, typename Value>
    void read_word(const char* name, const Words& words, Value& value) const {
        std::string text;
        (*this)(name, text);
        const auto found =
            std::find_if(words.begin(), words.end(), [&](const auto& word) { return word.second == text; });
        if (found == words.end()) fail(name);
        value = found->first;
    }
    void operator()(const char* name, std::string& text) const {
        const Json& value = member(name);
        if (!value.is_string()) fail(name);
        text = value.get<std::string>();
    }
    void operator()(const char* name, bool& flag) const {
        const Json& value = member(name);
        if (!value.is_boolean()) fail(name);
        flag = value.get<bool>();
    }
    void operator()(const char* name, double& number) const {
        const Json& value = member(name);
        if (!value.is_number() && !value.is_null()) fail(name);
        number = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
    }
    template <typename Whole>
    requires std::is_integral_v<Whole>
    void operator()(const char* name, Whole& number) const {
        const Json& value = member(name);
        const bool fits = value.is_number_unsigned()  ? std::in_range<Whole>(value.get<std::uint64_t>())
                          : value.is_number_integer() ? std::in_range<Whole>(value.get<std::int64_t>())
                                                      : false;
        if (!fits) fail(name);
        number = value.get<Whole>();
    }
};

template <typename Entry>
JournalEntry read_entry(const Json& object) {
    Entry entry;
    visit_fields(entry, FieldReader{object});
    return entry;
}

Command read_command(const Json& object) {
    std::string name;
    FieldReader{object}("command", name);
    std::optional<Command> found;
    const auto try_one = [&](const auto& row) {
        if (found || row.name != name) return;
        typename std::remove_cvref_t<decltype(row)>::Type command{};
        visit_fields(command, FieldReader{object});
        found = std::move(command);
    };
    std::apply([&](const auto&... rows) { (try_one(rows), ...); }, kCommands);
    if (!found) throw std::runtime_error("holds the command '" + name + "', which this program does not know");
    return std::move(*found);
}

JournalEntry read_any(const Json& object) {
    if (!object.contains("event")) {
        journal::Applied applied;
        visit_fields(applied, FieldReader{object});
        applied.command = read_command(object);
        return applied;
    }
    std::string event;
    FieldReader{object}("event", event);
    if (event == "begun") return read_entry<journal::Begun>(object);
    if (event == "weights") return read_entry<journal::Weights>(object);
    if (event == "saving") return read_entry<journal::Saving>(object);
    throw std::runtime_error("holds the event '" + event + "', which this program does not know");
}

Result<JournalEntry> entry_of(const Json& object) {
    try {
        return read_any(object);
    } catch (const std::runtime_error& problem) {
        return Error{ErrorCode::Corrupt, problem.what()};
    }
}

}  // namespace

std::string line_of(const JournalEntry& entry) {
    Json object;
    std::visit(EntryWriter{object}, entry);
    return object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';  // names of files need not be UTF-8
}

std::optional<Result<JournalEntry>> entry_if_any(std::string_view line) {
    const std::optional<Json> object = parse_json_line(line);
    if (!object) return std::nullopt;
    return entry_of(*object);
}

Result<JournalEntry> entry_of(std::string_view line) {
    std::optional<Result<JournalEntry>> entry = entry_if_any(line);
    return entry ? std::move(*entry) : Error{ErrorCode::Corrupt, "is no JSON object of a journal"};
}

}  // namespace convscope
