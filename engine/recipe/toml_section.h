// Strict reading of one TOML table: every key is known, of the right type and in range, or there is an error that says
// where. Used by recipe_file.cpp only.
#pragma once

#include "engine/core/number_rule.h"
#include "engine/core/result.h"
#include "engine/core/toml_text.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

enum class Need : std::uint8_t { Optional, Required };

// The text, shortened, with control characters replaced: safe to print. printable() puts it in quotes.
std::string shortened(std::string_view text);
std::string printable(std::string_view text);
int line_of(const toml::node& node);

// The first error of a file; later ones are usually its consequences.
class TomlErrors {
public:
    // `has_lines`: somebody wrote the file, and can look them up.
    TomlErrors(std::string_view file_name, bool has_lines) : file_name_(file_name), has_lines_(has_lines) {}

    bool has_lines() const { return has_lines_; }
    // "file:line: where: what"; line 0 and an empty `where` are left out.
    void add(int line, std::string_view where, std::string_view what);
    bool any() const { return first_.has_value(); }
    const Error& first() const { return *first_; }

private:
    std::string_view file_name_;
    bool has_lines_;
    std::optional<Error> first_;
};

// The readers leave `out` alone when the key is absent (an error when it is required) or wrong.
class TomlSection {
public:
    TomlSection(const toml::table& table, std::string where, TomlErrors& errors)
        : table_(&table), where_(std::move(where)), errors_(&errors) {}

    bool failed() const { return errors_->any(); }
    // The key's line; the table's where there is no such key, 0 where there are no lines.
    int line_of(std::string_view key) const;

    // An error about the key that no single value explains.
    void fail(std::string_view key, std::string_view what) { errors_->add(line_of(key), where_, what); }
    // An error for a key that is not in `known`, with the nearest one that is. `owner`: "a conv2d layer".
    void refuse_other_keys(const std::vector<std::string_view>& known, std::string_view owner);

    void text(std::string_view key, std::string& out, Need need = Need::Optional);
    // One text, or an array of at least one.
    void texts(std::string_view key, std::vector<std::string>& out);
    void boolean(std::string_view key, bool& out);
    void integer(std::string_view key, std::int64_t& out, std::int64_t minimum, std::int64_t maximum);
    void integer(std::string_view key, std::int64_t& out, Need need = Need::Optional);
    void number(std::string_view key, double& out, const NumberRule& rule, Need need = Need::Optional);
    // One number, or an array of at least one.
    void numbers(std::string_view key, std::vector<double>& out, const NumberRule& rule);
    std::optional<TomlSection> section(std::string_view key, std::string where, Need need);

    // One of the values of an enum, by the names that to_string() gives them.
    template <typename Enum, typename Values>
    void choice(std::string_view key, Enum& out, const Values& values, Need need = Need::Required) {
        std::vector<std::string_view> names;
        for (const Enum value : values) names.push_back(to_string(value));
        if (const auto index = choose(key, names, need)) out = values[*index];
    }

private:
    // The value, or null with an error when it is needed and absent.
    const toml::node* find(std::string_view key, Need need, std::string_view example);
    std::optional<double> number_in(std::string_view key, const toml::node& node, const NumberRule& rule);
    void wrong_type(std::string_view key, const toml::node& node, std::string_view wanted);
    std::optional<std::size_t> choose(std::string_view key, const std::vector<std::string_view>& names, Need need);

    const toml::table* table_;
    std::string where_;
    TomlErrors* errors_;
};

}  // namespace convscope
