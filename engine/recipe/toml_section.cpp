#include "engine/recipe/toml_section.h"

#include "engine/api/number_limits.h"
#include "engine/core/utf8.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace convscope {
namespace {

std::string join(const std::vector<std::string_view>& names) {
    std::string text;
    for (std::string_view name : names) (text += text.empty() ? "" : ", ") += name;
    return text;
}

// Levenshtein's distance: how many letters must be put in, taken out or exchanged.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t exchanged = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({exchanged, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

// "did you mean 'kernel_size'?", or all names when none is near.
std::string suggestion(std::string_view wrong, const std::vector<std::string_view>& names) {
    constexpr std::size_t kLongest = 64;  // of what can be a misspelling
    std::string_view nearest;
    std::size_t distance = std::numeric_limits<std::size_t>::max();
    for (std::string_view name : names) {
        // A name that was cut short, or lengthened, is near however long the rest is: kernel, kernel_size.
        const bool prefix = wrong.size() > 2 && (name.starts_with(wrong) || wrong.starts_with(name));
        const std::size_t d = wrong.size() > kLongest ? wrong.size() : prefix ? 1 : edit_distance(wrong, name);
        if (d < distance) {
            distance = d;
            nearest = name;
        }
    }
    if (distance <= std::max<std::size_t>(1, wrong.size() / 3)) return "did you mean '" + std::string(nearest) + "'?";
    return "known are " + join(names);
}

std::string type_name(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::string:
            return "a text";
        case toml::node_type::integer:
            return "a whole number";
        case toml::node_type::floating_point:
            return "a number with a decimal point";
        case toml::node_type::boolean:
            return "true or false";
        default:
            return "a date or time";
    }
}

}  // namespace

std::string shortened(std::string_view text) {
    constexpr std::size_t kLongest = 48;
    std::string result;
    for (char c : text.substr(0, kLongest)) result += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    return result + (text.size() > kLongest ? "..." : "");
}

std::string printable(std::string_view text) { return "'" + shortened(text) + "'"; }

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

void TomlErrors::add(int line, std::string_view where, std::string_view what) {
    if (first_) return;
    std::string message(file_name_);
    if (line > 0 && has_lines_) message += ':' + std::to_string(line);
    message += ": ";
    if (!where.empty()) (message += where) += ": ";
    message += what;
    first_ = Error{ErrorCode::InvalidArgument, std::move(message)};
}

int TomlSection::line_of(std::string_view key) const {
    if (!errors_->has_lines()) return 0;
    const toml::node* node = table_->get(key);
    return convscope::line_of(node != nullptr ? *node : *table_);
}

void TomlSection::refuse_other_keys(const std::vector<std::string_view>& known, std::string_view owner) {
    for (const auto& [key, value] : *table_) {
        if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
        const std::string all = known.empty() ? "it takes none" : suggestion(key.str(), known);
        errors_->add(static_cast<int>(key.source().begin.line), where_,
                     "there is no setting " + printable(key.str()) + " in " + std::string(owner) + "; " + all);
    }
}

const toml::node* TomlSection::find(std::string_view key, Need need, std::string_view example) {
    const toml::node* node = table_->get(key);
    if (node == nullptr && need == Need::Required)
        errors_->add(line_of(key), where_, std::string(key) + " is missing; add " + std::string(example));
    return node;
}

void TomlSection::wrong_type(std::string_view key, const toml::node& node, std::string_view wanted) {
    errors_->add(convscope::line_of(node), where_,
                 std::string(key) + " is " + type_name(node) + "; write " + std::string(wanted));
}

void TomlSection::text(std::string_view key, std::string& out, Need need) {
    const toml::node* node = find(key, need, std::string(key) + " = \"<text>\"");
    if (node == nullptr) return;
    if (!node->is_string()) return wrong_type(key, *node, "a text in quotes");
    out = **node->as_string();
}

void TomlSection::texts(std::string_view key, std::vector<std::string>& out) {
    const toml::node* node = table_->get(key);
    if (node == nullptr) return;
    if (node->is_string()) return out.assign(1, **node->as_string());
    const toml::array* array = node->as_array();
    const auto is_text = [](const toml::node& entry) { return entry.is_string(); };
    if (array == nullptr || array->empty() || !std::all_of(array->begin(), array->end(), is_text))
        return wrong_type(key, *node, "a text in quotes, or several in brackets");
    out.clear();
    for (const toml::node& entry : *array) out.push_back(**entry.as_string());
}

void TomlSection::boolean(std::string_view key, bool& out) {
    const toml::node* node = table_->get(key);
    if (node == nullptr) return;
    if (!node->is_boolean()) return wrong_type(key, *node, "true or false, without quotes");
    out = **node->as_boolean();
}

void TomlSection::integer(std::string_view key, std::int64_t& out, Need need) {
    const toml::node* node = find(key, need, std::string(key) + " = <whole number>");
    if (node == nullptr) return;
    if (!node->is_integer()) return wrong_type(key, *node, "a whole number, without quotes");
    out = **node->as_integer();
}

void TomlSection::integer(std::string_view key, std::int64_t& out, std::int64_t minimum, std::int64_t maximum) {
    std::int64_t value = out;
    integer(key, value);
    if (value >= minimum && value <= maximum) {
        out = value;
        return;
    }
    errors_->add(line_of(key), where_,
                 std::string(key) + " is " + std::to_string(value) + "; it must be from " + std::to_string(minimum) +
                     " to " + std::to_string(maximum));
}

void TomlSection::number(std::string_view key, double& out, const NumberRule& rule, Need need) {
    const toml::node* node = find(key, need, std::string(key) + " = <number>");
    if (node == nullptr) return;
    if (const auto value = number_in(key, *node, rule)) out = *value;
}

void TomlSection::numbers(std::string_view key, std::vector<double>& out, const NumberRule& rule) {
    const toml::node* node = table_->get(key);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) {
        if (const auto value = number_in(key, *node, rule)) out = {*value};
        return;
    }
    if (array->empty()) return wrong_type(key, *node, "a number, or one for each channel");
    std::vector<double> values;
    for (const toml::node& entry : *array) {
        const auto value = number_in(key, entry, rule);
        if (!value) return;
        values.push_back(*value);
    }
    out = std::move(values);
}

std::optional<double> TomlSection::number_in(std::string_view key, const toml::node& node, const NumberRule& rule) {
    if (!node.is_number()) {
        wrong_type(key, node, "a number, without quotes");
        return std::nullopt;
    }
    const double value = *node.value<double>();
    const bool small = std::abs(value) <= kMostNumber;
    if (small && rule.holds(value)) return value;
    errors_->add(convscope::line_of(node), where_,
                 std::string(key) + (!std::isfinite(value) ? " is not a finite number; write one"
                                     : !small              ? " is out of range; no setting is larger than 1e30"
                                                           : " is out of range; " + std::string(rule.text)));
    return std::nullopt;
}

std::optional<TomlSection> TomlSection::section(std::string_view key, std::string where, Need need) {
    const toml::node* node = find(key, need, "a section " + where);
    if (node == nullptr) return std::nullopt;
    if (const toml::table* table = node->as_table()) return TomlSection(*table, std::move(where), *errors_);
    wrong_type(key, *node, "it as a section " + where);
    return std::nullopt;
}

std::optional<std::size_t> TomlSection::choose(std::string_view key, const std::vector<std::string_view>& names,
                                               Need need) {
    std::string value;
    if (find(key, need, std::string(key) + " = <one of " + join(names) + ">") == nullptr) return std::nullopt;
    text(key, value);
    if (failed()) return std::nullopt;
    const auto place = std::find(names.begin(), names.end(), value);
    if (place != names.end()) return static_cast<std::size_t>(place - names.begin());
    errors_->add(line_of(key), where_,
                 "there is no " + std::string(key) + ' ' + printable(value) + "; known are " + join(names));
    return std::nullopt;
}

}  // namespace convscope
