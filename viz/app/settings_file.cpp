#include "viz/app/settings_file.h"

#include "engine/core/toml_text.h"
#include "engine/core/whole_file.h"
#include "viz/app/workspaces.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>
#include <system_error>

namespace convscope {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = 64 * 1024;

constexpr std::string_view kFloats = "scene_";
constexpr std::string_view kPlaces = "place_";
constexpr std::size_t kMostFloating = 64;   // panels, more than there are
constexpr std::size_t kMostComplaints = 8;  // that are shown one by one
constexpr std::array<std::string_view, 2> kThemes{"dark", "light"};
constexpr std::array<std::string_view, kColormapCount> kColormaps{"viridis", "magma", "grey", "diverging"};
constexpr std::array<std::string_view, kTwinViewCount> kTwinViews{"run", "beside", "twin", "difference"};
constexpr std::array<std::string_view, 3> kRanges{"per-map", "per-layer", "fixed"};

// One list of all settings serves reading and writing: a Visitor is called with each name, value and bounds.
template <typename SettingsType, typename Visitor>
void visit_settings(SettingsType& s, Visitor& visit) {
    visit.choice("theme", s.theme, kThemes);
    visit.number("font_scale", s.font_scale, 0.75F, 3.0F);
    visit.workspace("workspace", s.workspace);
    visit.number("window_width", s.window_width, kLeastWindowWidth, kWidestWindow);
    visit.number("window_height", s.window_height, kLeastWindowHeight, kHighestWindow);
    visit.choice("activation_colormap", s.activation_colormap, kColormaps);
    visit.choice("weight_colormap", s.weight_colormap, kColormaps);
    visit.choice("activation_range", s.activation_range, kRanges);
    visit.choice("weight_range", s.weight_range, kRanges);
    visit.number("fixed_minimum", s.fixed_minimum, -1e30F, 1e30F);
    visit.number("fixed_maximum", s.fixed_maximum, -1e30F, 1e30F);
    visit.number("weight_limit", s.weight_limit, 1e-6F, 1e30F);
    visit.number("curve_smoothing", s.curve_smoothing, 0.0F, 0.9999F);
    visit.flag("curve_log_scale", s.curve_log_scale);
    visit.flag("confusion_normalised", s.confusion_normalised);
    visit.flag("confusion_of_batches", s.confusion_of_batches);
    visit.choice("twin_view", s.twin_view, kTwinViews);
    visit.breakpoints("breakpoints", s.breakpoints);
    visit.floating(s.floating);
    visit.places(s.places);
    visit.files("recent", s.recent);
    for (std::size_t i = 0; i < s.bookmarks.size(); ++i)
        visit.bookmark("bookmark_" + std::to_string(i), s.bookmarks[i]);
}

// A bookmark in the file: [x, y, z, distance, yaw, pitch], no number larger than this.
constexpr float kFarthestBookmark = 1e9F;

template <typename Bookmark>
auto numbers_of(Bookmark& b) {
    return std::array{&b.x, &b.y, &b.z, &b.distance, &b.yaw, &b.pitch};
}

struct Reader {
    const toml::table& table;
    std::string file;
    std::vector<std::string>& complaints;

    void complain(const char* name, const std::string& wanted) {
        complaints.push_back(file + ": " + name + " must be " + wanted + "; the default is used");
    }
    template <typename Enum, std::size_t N>
    void choice(const char* name, Enum& value, const std::array<std::string_view, N>& names) {
        const toml::node* node = table.get(name);
        if (!node) return;
        std::string wanted = "one of";
        for (std::size_t i = 0; i < N; ++i) {
            if (node->value<std::string_view>() == names[i]) {
                value = static_cast<Enum>(i);
                return;
            }
            wanted += (i ? ", " : " ") + std::string(names[i]);
        }
        complain(name, wanted);
    }
    template <typename Number>
    void number(const char* name, Number& value, Number least, Number most) {
        const toml::node* node = table.get(name);
        if (!node) return;
        const auto read = node->value<double>();
        if (read && *read >= static_cast<double>(least) && *read <= static_cast<double>(most)) {
            value = static_cast<Number>(*read);
        } else {
            std::ostringstream wanted;
            wanted << "a number from " << least << " to " << most;
            complain(name, wanted.str());
        }
    }
    void flag(const char* name, bool& value) {
        const toml::node* node = table.get(name);
        if (!node) return;
        if (const auto read = node->value_exact<bool>())
            value = *read;
        else
            complain(name, "true or false");
    }
    void workspace(const char* name, int& value) {
        const toml::node* node = table.get(name);
        if (!node) return;
        const auto found = find_workspace(node->value_or(std::string_view{}));
        if (found)
            value = found.value();
        else
            complain(name, "a workspace's name");
    }
    // As they are written: ["loss < 0.1", "unit dies (off)"].
    void breakpoints(const char* name, std::vector<Breakpoint>& list) {
        const toml::node* node = table.get(name);
        if (!node) return;
        std::vector<Breakpoint> read;
        const toml::array* array = node->as_array();
        bool good = array != nullptr;
        for (std::size_t i = 0; good && i < array->size(); ++i) {
            Result<Breakpoint> one = parse_breakpoint(array->get(i)->value_or(std::string_view{}));
            good = one.ok();
            if (good) read.push_back(std::move(one).value());
        }
        if (good)
            list = std::move(read);
        else
            complain(name, "a list of what runs pause at, [\"loss < 0.1\", \"unit dies (off)\"]");
    }
    // One line a panel, "scene_control = true": its id, with _ for -. Ids that there are no longer are nobody's.
    void floating(std::vector<std::string>& open) {
        for (const auto& [key, node] : table) {
            const std::string_view name = key.str();
            if (!name.starts_with(kFloats)) continue;
            bool shown = false;
            flag(std::string(name).c_str(), shown);
            std::string id(name.substr(kFloats.size()));
            std::replace(id.begin(), id.end(), '_', '-');
            if (shown && open.size() < kMostFloating) open.push_back(std::move(id));
        }
        std::sort(open.begin(), open.end());
    }
    // "place_control = [0.1, 0.2, 0.3, 0.4]": shares of the room over the scene.
    void places(std::vector<KeptPlace>& kept) {
        for (const auto& [key, node] : table) {
            const std::string_view name = key.str();
            if (!name.starts_with(kPlaces) || kept.size() >= kMostFloating) continue;
            std::string id(name.substr(kPlaces.size()));
            std::replace(id.begin(), id.end(), '_', '-');
            FloatingPlace read;
            const toml::array* array = node.as_array();
            const std::array numbers{&read.x, &read.y, &read.width, &read.height};
            bool good = array && array->size() == numbers.size();
            for (std::size_t i = 0; good && i < numbers.size(); ++i) {
                const auto number = array->get(i)->value<double>();
                good = number && *number >= 0.0 && *number <= 1.0;
                if (good) *numbers[i] = static_cast<float>(*number);
            }
            constexpr float kLeastShare = 0.05F;  // that can still be taken hold of
            if (good && read.width >= kLeastShare && read.height >= kLeastShare && read.x <= 1.0F - kLeastShare &&
                read.y <= 1.0F - kLeastShare)
                kept.push_back({std::move(id), read});
            else
                complain(std::string(name).c_str(),
                         "four shares, [x, y, width, height] from 0 to 1, of a place that can be seen");
        }
        std::sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.panel < b.panel; });
    }
    void files(const char* name, std::vector<std::string>& list) {
        const toml::node* node = table.get(name);
        if (!node) return;
        const toml::array* array = node->as_array();
        if (!array) return complain(name, "a list of files");
        for (std::size_t i = 0; i < array->size() && list.size() < kMostRecent; ++i)
            if (const auto path = array->get(i)->value<std::string>(); path && !path->empty()) list.push_back(*path);
    }
    void bookmark(const std::string& name, std::optional<CameraBookmark>& value) {
        const toml::node* node = table.get(name);
        if (!node) return;
        CameraBookmark read;
        const auto numbers = numbers_of(read);
        const toml::array* array = node->as_array();
        bool good = array && array->size() == numbers.size();
        for (std::size_t i = 0; good && i < numbers.size(); ++i) {
            const auto number = array->get(i)->value<double>();
            good = number && std::abs(*number) <= static_cast<double>(kFarthestBookmark);
            if (good) *numbers[i] = static_cast<float>(*number);
        }
        if (good && read.distance > 0.0F)
            value = read;
        else
            complain(name.c_str(), "six numbers, [x, y, z, distance above 0, yaw, pitch]");
    }
};

// By hand, because toml++ prints 0.93F as 0.93000000000000005; names and words need no quoting rules.
struct Writer {
    std::string text;

    void line(const char* name, std::string_view value, const char* quote = "") {
        for (std::string_view part : {std::string_view(name), std::string_view(" = "), std::string_view(quote), value,
                                      std::string_view(quote), std::string_view("\n")})
            text.append(part);
    }
    template <typename Enum, std::size_t N>
    void choice(const char* name, const Enum& value, const std::array<std::string_view, N>& names) {
        line(name, names[static_cast<std::size_t>(value)], "\"");
    }
    template <typename Number>
    static std::string digits_of(const Number& value) {
        std::array<char, 32> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        return {digits.data(), end};
    }
    template <typename Number>
    void number(const char* name, const Number& value, Number, Number) {
        line(name, digits_of(value));
    }
    void flag(const char* name, const bool& value) { line(name, value ? "true" : "false"); }
    void workspace(const char* name, const int& value) {
        line(name, workspaces()[static_cast<std::size_t>(value)].id, "\"");
    }
    void breakpoints(const char* name, const std::vector<Breakpoint>& list) {
        std::string texts;
        for (const Breakpoint& one : list) texts += (texts.empty() ? "" : ", ") + quoted(to_string(one));
        line(name, "[" + texts + "]");
    }
    static std::string quoted(std::string_view text) {
        std::string out = "\"";
        for (const char c : text) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        return out + '"';
    }
    void places(const std::vector<KeptPlace>& kept) {
        for (const auto& [panel, place] : kept) {
            std::string id = panel;
            std::replace(id.begin(), id.end(), '-', '_');
            std::string list;
            for (const float number : {place.x, place.y, place.width, place.height})
                list += (list.empty() ? "[" : ", ") + digits_of(number);
            line((std::string(kPlaces) + id).c_str(), list + "]");
        }
    }
    void files(const char* name, const std::vector<std::string>& list) {
        std::string texts;
        for (const std::string& file : list) texts += (texts.empty() ? "" : ", ") + quoted(file);
        line(name, "[" + texts + "]");
    }
    void floating(const std::vector<std::string>& open) {
        for (std::string id : open) {
            std::replace(id.begin(), id.end(), '-', '_');
            flag((std::string(kFloats) + id).c_str(), true);
        }
    }
    void bookmark(const std::string& name, const std::optional<CameraBookmark>& value) {
        if (!value) return;
        std::string list;
        for (const float* number : numbers_of(*value)) list += (list.empty() ? "[" : ", ") + digits_of(*number);
        line(name.c_str(), list + "]");
    }
};

// Under a new name, so that the program starts and its next settings replace nothing that somebody wrote: the name, or
// nothing where the file cannot be renamed.
fs::path set_aside(const fs::path& file) {
    std::error_code failed;
    fs::path aside = file.string() + ".broken";
    for (int i = 2; fs::exists(fs::symlink_status(aside, failed)); ++i)
        aside = file.string() + ".broken-" + std::to_string(i);
    fs::rename(file, aside, failed);
    return failed ? fs::path() : aside;
}

}  // namespace

Result<LoadedSettings> parse_settings(std::string_view text, std::string_view name) {
    const Result<toml::table> table = parse_toml(text, name, "mend that line, or remove the file");
    if (!table) return table.error();
    LoadedSettings loaded;
    Reader reader{table.value(), std::string(name), loaded.complaints};
    visit_settings(loaded.settings, reader);
    if (!(loaded.settings.fixed_minimum < loaded.settings.fixed_maximum)) {
        loaded.complaints.push_back(std::string(name) +
                                    ": fixed_minimum must be less than fixed_maximum; the defaults are used");
        loaded.settings.fixed_minimum = Settings{}.fixed_minimum;
        loaded.settings.fixed_maximum = Settings{}.fixed_maximum;
    }
    if (const std::size_t all = loaded.complaints.size(); all > kMostComplaints) {
        loaded.complaints.resize(kMostComplaints);
        loaded.complaints.push_back(std::string(name) + ": " + std::to_string(all - kMostComplaints) +
                                    " more values are not understood; their defaults are used");
    }
    return loaded;
}

std::string print_settings(const Settings& settings) {
    Writer writer;
    visit_settings(settings, writer);
    return "# ConvScope's settings; written by the program whenever they change.\n" + writer.text;
}

LoadedSettings load_settings(const fs::path& file) {
    std::error_code code;
    if (!fs::exists(file, code)) return {};
    const Result<std::string> text = read_whole_file(file, kLargestFile);
    Result<LoadedSettings> loaded =
        text ? parse_settings(text.value(), file.string()) : Result<LoadedSettings>(text.error());
    if (loaded) return std::move(loaded).value();
    const fs::path aside = set_aside(file);
    return {{},
            {"All settings are at their defaults" +
             (aside.empty() ? std::string() : ", and their file is " + aside.string() + " now") + ": " +
             loaded.error().message}};
}

std::vector<Breakpoint> kept_breakpoints(const fs::path& file) {
    const Result<std::string> text = read_whole_file(file, kLargestFile);
    if (!text) return usual_breakpoints();
    Result<LoadedSettings> loaded = parse_settings(text.value(), file.string());
    return loaded ? std::move(loaded.value().settings.breakpoints) : usual_breakpoints();
}

Result<void> save_settings(const Settings& settings, const fs::path& file) {
    std::error_code code;
    fs::create_directories(file.parent_path(), code);
    if (code)
        return Error{ErrorCode::Io,
                     file.string() + ": cannot make its folder (" + code.message() + "); settings are not kept"};
    const Result<void> written = write_whole_file(file, print_settings(settings));
    if (!written) return Error{ErrorCode::Io, written.error().message + "; settings are not kept"};
    return {};
}

}  // namespace convscope
