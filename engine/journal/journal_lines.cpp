#include "engine/journal/journal_lines.h"

#include "engine/core/json_line.h"
#include "engine/core/whole_file.h"
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

constexpr std::size_t kMostBytes = std::size_t{1} << 30;
constexpr std::string_view kHexDigits = "0123456789abcdef";

template <typename T>
struct Named {
    using Type = T;
    std::string_view name;
};

// All commands but Watch, which is not written.
constexpr std::tuple kCommands{
    Named<command::Run>{"run"},
    Named<command::Pause>{"pause"},
    Named<command::Step>{"step"},
    Named<command::Evaluate>{"evaluate"},
    Named<command::Reset>{"reset"},
    Named<command::Save>{"save"},
    Named<command::Resume>{"resume"},
    Named<command::BringBack>{"bring_back"},
    Named<command::GoTo>{"go_to"},
    Named<command::GoToLane>{"go_to_lane"},
    Named<command::NameLane>{"name_lane"},
    Named<command::DeleteLane>{"delete_lane"},
    Named<command::SetLearningRate>{"set_learning_rate"},
    Named<command::SetMomentum>{"set_momentum"},
    Named<command::SetBatchSize>{"set_batch_size"},
    Named<command::SetThreads>{"set_threads"},
    Named<command::SetChannel>{"set_channel"},
    Named<command::Freeze>{"freeze"},
    Named<command::SetWeights>{"set_weights"},
    Named<command::FillWeights>{"fill_weights"},
    Named<command::ChangeRecipe>{"change_recipe"},
    Named<command::ChangeData>{"change_data"},
    Named<command::Undo>{"undo"},
    Named<command::SetSpeed>{"set_speed"},
    Named<command::SetBreakpoints>{"set_breakpoints"},
    Named<command::SetProbe>{"set_probe"},
    Named<command::SeekClass>{"seek_class"},
    Named<command::SeekMistake>{"seek_mistake"},
};
static_assert(std::tuple_size_v<decltype(kCommands)> + 1 == std::variant_size_v<Command>,
              "each command but Watch has its row above, and what it carries in visit_fields() below");

using ChannelTo = command::SetChannel::To;
constexpr std::array<std::pair<ChannelTo, std::string_view>, 3> kChannelTo{
    {{ChannelTo::Computed, "computed"}, {ChannelTo::Value, "value"}, {ChannelTo::Mean, "mean"}}};
using FillWith = command::FillWeights::With;
constexpr std::array<std::pair<FillWith, std::string_view>, 2> kFillWith{
    {{FillWith::Zeros, "zeros"}, {FillWith::FirstValues, "first_values"}}};

template <typename Words, typename Value>
std::string name_of(const Words& words, Value value) {
    return std::string(words[static_cast<std::size_t>(value)].second);
}

// What is written of a list's members as numbers; of const ones to be read from, of others to be read into.
auto numbers_of(const FrozenPart& part) { return std::tie(part.layer.index, part.filter); }
auto numbers_of(FrozenPart& part) { return std::tie(part.layer.index, part.filter); }
auto numbers_of(const RelabelledPicture& one) { return std::tie(one.index, one.label); }
auto numbers_of(RelabelledPicture& one) { return std::tie(one.index, one.label); }
auto numbers_of(const int& times) { return std::tie(times); }
auto numbers_of(int& times) { return std::tie(times); }

// visit(name, member) for each thing that is written of a command or an entry, besides its name; `value` may be const.
template <typename Value, typename Visit>
void visit_fields(Value& value, const Visit& visit) {
    using T = std::remove_const_t<Value>;
    if constexpr (std::is_same_v<T, command::Step>) visit("iterations", value.iterations);
    if constexpr (std::is_same_v<T, command::Reset>) {
        visit("seed", value.seed);
        visit("recipe", value.recipe);
        visit("data", value.data);
    }
    if constexpr (std::is_same_v<T, command::Save> || std::is_same_v<T, command::Resume>) visit("path", value.path);
    if constexpr (std::is_same_v<T, command::GoToLane> || std::is_same_v<T, command::NameLane> ||
                  std::is_same_v<T, command::DeleteLane>)
        visit("lane", value.lane.value);
    if constexpr (std::is_same_v<T, command::GoTo> || std::is_same_v<T, command::GoToLane>)
        visit("to", value.iteration);
    if constexpr (std::is_same_v<T, command::NameLane>) visit("name", value.name);
    if constexpr (std::is_same_v<T, command::SetLearningRate>) visit("learning_rate", value.learning_rate);
    if constexpr (std::is_same_v<T, command::SetMomentum>) visit("momentum", value.momentum);
    if constexpr (std::is_same_v<T, command::SetBatchSize>) visit("batch_size", value.batch_size);
    if constexpr (std::is_same_v<T, command::SetThreads>) visit("threads", value.threads);
    if constexpr (std::is_same_v<T, command::SetChannel> || std::is_same_v<T, command::SetWeights> ||
                  std::is_same_v<T, command::FillWeights>)
        visit("layer", value.layer.index);
    if constexpr (std::is_same_v<T, command::FillWeights>) visit("filter", value.filter);
    if constexpr (std::is_same_v<T, command::SetChannel>) {
        visit("channel", value.channel);
        visit("to", value.to);
        visit("value", value.value);
    }
    if constexpr (std::is_same_v<T, command::Freeze>) {
        visit("parts", value.parts);
        visit("frozen", value.frozen);
    }
    if constexpr (std::is_same_v<T, command::SetWeights>) {
        visit("biases", value.biases);
        visit("first", value.first);
        visit("values", value.values);
    }
    if constexpr (std::is_same_v<T, command::FillWeights>) visit("with", value.with);
    if constexpr (std::is_same_v<T, command::ChangeRecipe>) visit("recipe", value.recipe);
    if constexpr (std::is_same_v<T, command::ChangeData>) {
        visit("shuffled_labels", value.changes.shuffled_labels);
        visit("noise", value.changes.noise);
        visit("times", value.changes.times);
        visit("relabelled", value.changes.relabelled);
    }
    if constexpr (std::is_same_v<T, command::SetSpeed>) visit("iterations_per_second", value.iterations_per_second);
    if constexpr (std::is_same_v<T, command::SetBreakpoints>) visit("breakpoints", value.list);
    if constexpr (std::is_same_v<T, command::SetProbe>) visit("probe", value.source);
    if constexpr (std::is_same_v<T, HeldPicture>) {
        visit("split", value.split);
        visit("index", value.index);
    }
    if constexpr (std::is_same_v<T, command::SeekClass>) visit("label", value.label);
    if constexpr (std::is_same_v<T, command::SeekClass> || std::is_same_v<T, command::SeekMistake>)
        visit("direction", value.direction);
    if constexpr (std::is_same_v<T, journal::Begun>) {
        visit("run", value.run.value);
        visit("iteration", value.iteration);
        visit("program", value.program);
        visit("library", value.library);
        visit("device", value.device);
        visit.if_any("machine", value.machine);
        visit("threads", value.threads);
        visit("blas_threads", value.blas_threads);
        visit("seed", value.seed);
        visit("data", value.data_name);
        visit("data_option", value.data_option);
        visit("data_fingerprint", value.data_fingerprint);
        visit("fingerprint_kind", value.fingerprint_kind);
        visit("planned_epochs", value.planned_epochs);
        visit("learning_rate", value.learning_rate);
        visit("momentum", value.momentum);
        visit("batch_size", value.batch_size);
        visit("resumed_from", value.resumed_from);
        visit("weights_from", value.weights_from);
        visit.if_any("weights_key", value.weights_key);
        visit("weights", value.weights);
        visit("recipe", value.recipe);
    } else if constexpr (std::is_same_v<T, journal::Applied> || std::is_same_v<T, journal::Weights> ||
                         std::is_same_v<T, journal::Saving>) {
        visit("run", value.run.value);
        visit("iteration", value.place.iteration);
        visit("measurements", value.place.measurements);
    }
    if constexpr (std::is_same_v<T, journal::Weights>) visit("weights", value.digest);
    if constexpr (std::is_same_v<T, journal::Saving>) visit("file", value.file);
}

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
                if constexpr (!std::is_same_v<C, command::Watch>)
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

// ---- lives ---------------------------------------------------------------------------------------------------------

// Leaves of the lives so far what the one that goes on at `iteration` had behind it. Where it was saved is said by the
// last saving there; a file of which nothing is said, from another folder say, is gone back to by its iteration alone.
void end_at(std::vector<Life>& lives, std::int64_t iteration) {
    for (std::size_t count = lives.size(); count > 0; --count) {
        std::deque<JournalEntry>& entries = lives[count - 1].entries;
        const auto saving = std::find_if(entries.rbegin(), entries.rend(), [iteration](const JournalEntry& entry) {
            const auto* one = std::get_if<journal::Saving>(&entry);
            return one != nullptr && one->place.iteration == iteration;
        });
        if (saving == entries.rend()) continue;
        entries.erase(saving.base(), entries.end());
        lives.resize(count);
        return;
    }
    std::erase_if(lives, [iteration](const Life& life) { return life.begun.iteration >= iteration; });
    if (!lives.empty())
        std::erase_if(lives.back().entries,
                      [iteration](const JournalEntry& entry) { return place_of(entry).iteration > iteration; });
}

}  // namespace

std::string line_of(const JournalEntry& entry) {
    Json object;
    std::visit(EntryWriter{object}, entry);
    return object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';  // names of files need not be UTF-8
}

Result<JournalEntry> entry_of(std::string_view line) {
    const std::optional<Json> object = parse_json_line(line);
    return object ? entry_of(*object) : Error{ErrorCode::Corrupt, "is no JSON object of a journal"};
}

Result<std::vector<Life>> lives_of(std::string_view text, std::string_view name) {
    std::vector<Life> lives;
    for (std::int64_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::optional<Json> object = parse_json_line(line);
        if (!object) continue;
        Result<JournalEntry> entry = entry_of(*object);
        const std::string place = std::string(name) + ":" + std::to_string(number) + ": ";
        if (!entry) return Error{entry.error().code, place + entry.error().message};
        if (const auto* begun = std::get_if<journal::Begun>(&entry.value())) {
            if (begun->iteration > 0 || !begun->resumed_from.empty())
                end_at(lives, begun->iteration);
            else
                lives.clear();
            lives.push_back({*begun, {}});
        } else if (lives.empty()) {
            return Error{ErrorCode::Corrupt, place + "comes before the run has begun; a journal's first line says how"};
        } else {
            lives.back().entries.push_back(std::move(entry).value());
        }
    }
    if (lives.empty()) return Error{ErrorCode::Corrupt, std::string(name) + ": is no run's journal"};
    return lives;
}

Result<std::vector<Life>> read_journal(const std::filesystem::path& path, std::int64_t available) {
    std::error_code none;
    const std::filesystem::path file = std::filesystem::is_directory(path, none) ? path / "journal.jsonl" : path;
    const Result<std::string> text = read_whole_file(file, kMostBytes);
    if (!text) return text.error();
    const auto lines = std::count(text.value().begin(), text.value().end(), '\n');
    const auto room = check_memory(static_cast<double>(lines) * sizeof(JournalEntry), file.string(),
                                   "is it the file that was meant?", available);
    if (!room) return room.error();
    return lives_of(text.value(), file.string());
}

}  // namespace convscope
