#include "engine/core/toml_text.h"

#include "engine/core/utf8.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace convscope {
namespace {

// The line that the end of `text` lies in.
int line_after(std::string_view text) { return 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n')); }

Error at_line(std::string_view name, int line, ErrorCode code, const std::string& what) {
    return Error{code, std::string(name) + ":" + std::to_string(line) + ": " + what};
}

// The text with every character that is not ASCII written as TOML's escape for it, \U000000E4. toml++'s behaviour is
// undefined for some of them where they are not allowed (github.com/marzer/tomlplusplus, issues 190 and 295); escaped,
// they mean the same in double quotes, nothing in comments, and an error elsewhere.
Result<std::string> ascii_of(std::string_view utf8, std::string_view name) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (utf8.starts_with(kByteOrderMark)) utf8.remove_prefix(kByteOrderMark.size());
    std::string ascii;
    ascii.reserve(utf8.size());
    while (!utf8.empty()) {
        const auto code = take_character(utf8);
        if (!code)
            return at_line(name, line_after(ascii), ErrorCode::Corrupt,
                           "this is not UTF-8 text; save the file as UTF-8");
        if (*code < 0x80) {
            ascii += static_cast<char>(*code);
            continue;
        }
        char escape[16];
        std::snprintf(escape, sizeof escape, "\\U%08X", static_cast<unsigned>(*code));
        ascii += escape;
    }
    return ascii;
}

// Where the string that begins at `begin` is over. One that does not end is an error where toml++ meets it, and
// nothing behind it is looked at.
std::size_t end_of_string(std::string_view toml, std::size_t begin) {
    const char quote = toml[begin];
    const std::string three(3, quote);
    const bool many_lines = toml.substr(begin, 3) == three;
    for (std::size_t i = begin + (many_lines ? 3 : 1); i < toml.size(); ++i) {
        if (quote == '"' && toml[i] == '\\') {
            ++i;
        } else if (many_lines) {
            if (toml.substr(i, 3) != three) continue;
            i += 3;  // two more quotes may stand in front of the three that end it
            for (int more = 0; more < 2 && i < toml.size() && toml[i] == quote; ++more) ++i;
            return i;
        } else if (toml[i] == quote) {
            return i + 1;
        } else if (toml[i] == '\n') {
            return i;
        }
    }
    return toml.size();
}

// How much of the text is nested no deeper than is allowed; all of it where that is so. What lies deeper than brackets
// and dots is what toml++ nests, up to the first place that is not TOML, behind which it does not look. A section's
// header adds its own dots to those of the lines below it, and each may stand for a list and a table: together no more
// than three times as much.
std::size_t length_within_nesting(std::string_view toml) {
    std::vector<int> open;  // for each bracket and brace that is open: itself and the dots of the key in front of it
    int depth = 0;          // their sum
    int dots = 0;           // of the key at hand
    for (std::size_t i = 0; i < toml.size(); ++i) {
        switch (toml[i]) {
            case '#':
                i = std::min(toml.find('\n', i), toml.size()) - 1;
                break;
            case '"':
            case '\'':
                i = end_of_string(toml, i) - 1;
                break;
            case '.':
                ++dots;
                break;
            case '[':
            case '{':
                open.push_back(1 + std::exchange(dots, 0));
                depth += open.back();
                break;
            case ']':
            case '}':
                if (!open.empty()) {
                    depth -= open.back();
                    open.pop_back();
                }
                dots = 0;
                break;
            case ',':
            case '\n':
                dots = 0;
                break;
            default:
                break;
        }
        if (depth + dots > kMaxTomlNesting) return i;
    }
    return toml.size();
}

}  // namespace

Result<toml::table> parse_toml(std::string_view text, std::string_view name, std::string_view remedy) {
    if (text.size() > kMaxTomlBytes)
        return Error{ErrorCode::Corrupt, std::string(name) + ": larger than the " + std::to_string(kMaxTomlBytes) +
                                             " bytes that such a text can have; is it the one that was meant?"};
    const Result<std::string> ascii = ascii_of(text, name);
    if (!ascii) return ascii.error();
    const std::string_view toml = ascii.value();
    if (const std::size_t length = length_within_nesting(toml); length < toml.size())
        return at_line(name, line_after(toml.substr(0, length)), ErrorCode::Corrupt,
                       "sections and lists lie more than " + std::to_string(kMaxTomlNesting) +
                           " deep in each other; nothing needs so many, take some out");
    toml::parse_result parsed = toml::parse(toml);
    if (parsed) return std::move(parsed).table();
    const toml::parse_error& error = parsed.error();
    return at_line(name, static_cast<int>(error.source().begin.line), ErrorCode::InvalidArgument,
                   "this is not TOML: " + std::string(error.description()) + "; " + std::string(remedy));
}

}  // namespace convscope
