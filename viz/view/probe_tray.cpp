#include "viz/view/probe_tray.h"

#include "engine/core/json_line.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace convscope {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostPixels = 1 << 20;
constexpr std::string_view kDigits = "0123456789abcdef";

std::string as_digits(const std::vector<std::uint8_t>& pixels) {
    std::string digits;
    digits.reserve(2 * pixels.size());
    for (const std::uint8_t pixel : pixels) {
        digits += kDigits[pixel >> 4U];
        digits += kDigits[pixel & 15U];
    }
    return digits;
}

std::optional<std::vector<std::uint8_t>> from_digits(const std::string& digits, std::int64_t count) {
    if (std::ssize(digits) != 2 * count) return std::nullopt;
    std::vector<std::uint8_t> pixels;
    pixels.reserve(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const std::size_t high = kDigits.find(digits[i]), low = kDigits.find(digits[i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        pixels.push_back(static_cast<std::uint8_t>(16 * high + low));
    }
    return pixels;
}

// One line, and not too long: cut off between two characters.
std::string as_name(std::string_view text) {
    std::string name;
    for (const char c : text) name += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    if (name.size() <= ProbeTray::kLongestName) return name;
    std::size_t end = ProbeTray::kLongestName;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
    name.resize(end);
    return name;
}

std::optional<KeptProbe> probe_of(const Json& line) {
    const auto number = [&](const char* key) {
        const auto member = line.find(key);
        const bool is = member != line.end() && member->is_number_integer();
        const std::int64_t value = is ? member->get<std::int64_t>() : 0;
        return value > 0 && value <= kMostPixels ? value : 0;
    };
    const auto name = line.find("name"), pixels = line.find("pixels");
    if (name == line.end() || !name->is_string() || pixels == line.end() || !pixels->is_string()) return std::nullopt;
    const Shape shape{number("channels"), number("height"), number("width")};
    for (std::size_t i = 0; i < 3; ++i)
        if (shape[i] <= 0) return std::nullopt;
    if (shape[0] > 3 || shape[1] * shape[2] > kMostPixels) return std::nullopt;
    auto bytes = from_digits(pixels->get<std::string>(), shape.element_count());
    if (!bytes) return std::nullopt;
    return KeptProbe{as_name(name->get<std::string>()), shape,
                     own_picture(std::make_shared<const std::vector<std::uint8_t>>(std::move(*bytes)))};
}

}  // namespace

// FNV-1a.
OwnPicture own_picture(std::shared_ptr<const std::vector<std::uint8_t>> pixels) {
    std::uint64_t id = 14695981039346656037U;
    for (const std::uint8_t pixel : *pixels) id = (id ^ pixel) * 1099511628211U;
    return {std::move(pixels), id};
}

bool ProbeTray::add(KeptProbe probe) {
    if (probes_.size() >= kMost || find(probe.picture.id) != nullptr) return false;
    probe.name = as_name(probe.name);
    probes_.push_back(std::move(probe));
    return true;
}

void ProbeTray::rename(std::uint64_t picture, std::string_view name) {
    for (KeptProbe& probe : probes_)
        if (probe.picture.id == picture) probe.name = as_name(name);
}

void ProbeTray::remove(std::uint64_t picture) {
    std::erase_if(probes_, [picture](const KeptProbe& probe) { return probe.picture.id == picture; });
}

const KeptProbe* ProbeTray::find(std::uint64_t picture) const {
    const auto place = std::find_if(probes_.begin(), probes_.end(),
                                    [picture](const KeptProbe& probe) { return probe.picture.id == picture; });
    return place == probes_.end() ? nullptr : &*place;
}

std::string probes_as_text(std::span<const KeptProbe> probes) {
    std::string text;
    for (const KeptProbe& probe : probes) {
        const Json line{{"name", probe.name},
                        {"channels", probe.shape[0]},
                        {"height", probe.shape[1]},
                        {"width", probe.shape[2]},
                        {"pixels", as_digits(*probe.picture.pixels)}};
        text += line.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
    }
    return text;
}

Result<std::vector<KeptProbe>> probes_from_text(std::string_view text, std::string_view file) {
    std::vector<KeptProbe> probes;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        const std::optional<Json> object = parse_json_line(line);
        std::optional<KeptProbe> probe = object ? probe_of(*object) : std::nullopt;
        if (!probe || probes.size() >= ProbeTray::kMost)
            return Error{ErrorCode::Corrupt,
                         std::string(file) + ": line " + std::to_string(number) +
                             (probe ? " is one probe too many" : " is no probe such as is kept there") +
                             "; the file stays as it is, and what is kept from now on is not "
                             "saved there"};
        probes.push_back(std::move(*probe));
    }
    return probes;
}

}  // namespace convscope
