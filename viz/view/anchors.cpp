#include "viz/view/anchors.h"

#include <array>
#include <charconv>

namespace convscope {
namespace {

void append_index(std::string& text, std::int64_t index) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), index).ptr;
    text += '/';
    text.append(digits.data(), end);
}

}  // namespace

void Anchors::begin_frame() {
    names_.clear();
    all_.clear();
}

Anchors::Scope::Scope(Anchors& anchors, std::string_view part)
    : anchors_(anchors), prefix_(anchors.prefix_.size()), suffix_(anchors.suffix_.size()) {
    anchors_.prefix_ += part;
    anchors_.prefix_ += '.';
}

Anchors::Scope::Scope(Anchors& anchors, std::int64_t index)
    : anchors_(anchors), prefix_(anchors.prefix_.size()), suffix_(anchors.suffix_.size()) {
    append_index(anchors_.suffix_, index);
}

Anchors::Scope::~Scope() {
    anchors_.prefix_.resize(prefix_);
    anchors_.suffix_.resize(suffix_);
}

void Anchors::note(std::string_view name, const AnchorRect& rect, std::int64_t index) {
    const std::size_t begin = names_.size();
    names_ += prefix_;
    if (name.empty() && !prefix_.empty()) names_.pop_back();  // the dot
    names_ += name;
    names_ += suffix_;
    if (index != kNoIndex) append_index(names_, index);
    all_.push_back({begin, names_.size(), rect});
}

std::optional<AnchorRect> Anchors::find(std::string_view name) const {
    for (std::size_t i = all_.size(); i-- > 0;)
        if (this->name(i) == name) return all_[i].rect;
    return std::nullopt;
}

std::string_view Anchors::name(std::size_t i) const {
    return std::string_view(names_).substr(all_[i].begin, all_[i].end - all_[i].begin);
}

}  // namespace convscope
