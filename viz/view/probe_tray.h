// Pictures that are kept to be looked at again, each with a name; and how they lie in a run's folder. Pure.
#pragma once

#include "engine/api/probe_source.h"
#include "engine/core/result.h"
#include "engine/core/types.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// Bytes of an input with the identity that follows from them: equal pixels are one picture, wherever they come from.
OwnPicture own_picture(std::shared_ptr<const std::vector<std::uint8_t>> pixels);

struct KeptProbe {
    std::string name;  // UTF-8, one line
    Shape shape;       // of the input that it was made for: channels, height, width
    OwnPicture picture;
    bool operator==(const KeptProbe&) const = default;
};

class ProbeTray {
public:
    static constexpr std::size_t kMost = 64;
    static constexpr std::size_t kLongestName = 60;  // bytes

    // At the end. Nothing where the same picture is kept already, or no more fit: false.
    bool add(KeptProbe probe);
    void rename(std::uint64_t picture, std::string_view name);
    void remove(std::uint64_t picture);

    std::span<const KeptProbe> probes() const { return probes_; }
    const KeptProbe* find(std::uint64_t picture) const;  // null: it is not kept

private:
    std::vector<KeptProbe> probes_;
};

// Of the file, which is kProbes in a run's folder.
inline constexpr std::size_t kMostProbesBytes = 64U << 20U;

// A line of JSON each: {"name":"my 4","channels":1,"height":28,"width":28,"pixels":"00ff..."}.
std::string probes_as_text(std::span<const KeptProbe> probes);
// All of them or none: the error names the file and the line.
Result<std::vector<KeptProbe>> probes_from_text(std::string_view text, std::string_view file);

}  // namespace convscope
