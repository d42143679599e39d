// What comes without end, in a list that does not grow with it: the newest items one by one, older ones in stretches of
// two, four, eight, ... that were merged into one.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace convscope {

// At most Capacity items are kept, of up to 2^40 that came. Merge{}(older, newer) makes one of two neighbours that
// stand for equally many. The newest Capacity / 4 are never merged, and what is as old as n items is in stretches of
// about 32 n / Capacity. A stretch of 2^k is the whole of items [i 2^k, (i + 1) 2^k): what lies in such a block is
// known exactly as long as no stretch is longer. push_back() is amortised O(1) and allocates once.
template <typename Item, std::size_t Capacity, typename Merge>
class ThinningList {
public:
    static constexpr std::size_t kCapacity = Capacity;
    static constexpr std::size_t kLevels = 32;
    using Levels = std::array<std::uint32_t, kLevels>;

    // What was kept elsewhere: levels() and items(). None where these do not belong together.
    static std::optional<ThinningList> restore(std::span<const std::int64_t> levels, std::vector<Item> items) {
        ThinningList list;
        if (levels.size() > kLevels || items.size() > Capacity) return std::nullopt;
        std::size_t named = 0;
        for (std::size_t level = 0; level < levels.size(); ++level) {
            const std::int64_t count = levels[level];
            if (count < 0 || count > static_cast<std::int64_t>(Capacity)) return std::nullopt;
            list.levels_[level] = static_cast<std::uint32_t>(count);
            named += static_cast<std::size_t>(count);
            list.total_ += count << level;
        }
        if (named != items.size()) return std::nullopt;
        list.items_ = std::move(items);
        return list;
    }

    void push_back(Item item) { push_stretch(std::move(item), 0); }
    // One that stands for 2^level. Nothing that stands for fewer may have come before.
    void push_stretch(Item item, std::size_t level) {
        if (items_.size() == Capacity) thin();
        items_.reserve(Capacity);  // once: what is not used yet costs no memory, only addresses
        items_.push_back(std::move(item));
        ++levels_[level];
        total_ += std::int64_t{1} << level;
    }
    void clear() {
        items_.clear();
        levels_.fill(0);
        total_ = 0;
    }

    // Of the first `count` that came. A stretch that lies in there in part stands for what is left, as several of
    // powers of two.
    ThinningList first(std::int64_t count) const {
        ThinningList list;
        visit(0, count, [&](const Item& item, std::int64_t begin, std::int64_t length) {
            for (std::int64_t left = std::min(length, count - begin); left > 0;) {
                const int level = std::bit_width(static_cast<std::uint64_t>(left)) - 1;
                list.push_stretch(item, static_cast<std::size_t>(level));
                left -= std::int64_t{1} << level;
            }
        });
        return list;
    }

    std::int64_t total() const { return total_; }  // how many came
    // Those that are kept, oldest first.
    const std::vector<Item>& items() const { return items_; }
    // How many of them stand for 2^k; the greatest k are the oldest.
    const Levels& levels() const { return levels_; }

    // visit(item, first, count) for each that stands for some of [first, past), numbered from 0, oldest first.
    template <typename Visit>
    void visit(std::int64_t first, std::int64_t past, Visit visit) const {
        if (first >= past) return;
        std::int64_t begin = 0;
        auto item = items_.begin();
        for (std::size_t level = kLevels; level-- > 0 && begin < past;) {
            const std::int64_t length = std::int64_t{1} << level;
            const std::int64_t count = levels_[level];
            for (std::int64_t i = std::clamp<std::int64_t>((first - begin) / length, 0, count);
                 i < count && begin + i * length < past; ++i)
                visit(item[i], begin + i * length, length);
            begin += count * length;
            item += count;
        }
    }

private:
    static constexpr std::size_t kShareOfNewest = 16;  // the newest may be as many as of that many other levels
    static_assert(Capacity >= 128, "merging needs some of each level");

    // Merges the oldest quarter of the level that has the most.
    void thin() {
        std::size_t fullest = 0;
        const auto weight = [&](std::size_t level) {
            return level == 0 ? levels_[level] : kShareOfNewest * levels_[level];
        };
        for (std::size_t level = 1; level + 1 < kLevels; ++level)
            if (weight(level) > weight(fullest)) fullest = level;
        std::size_t begin = 0;
        for (std::size_t level = fullest + 1; level < kLevels; ++level) begin += levels_[level];
        const std::size_t pairs = std::max<std::size_t>(1, levels_[fullest] / 8);
        for (std::size_t i = 0; i < pairs; ++i)
            items_[begin + i] = Merge{}(items_[begin + 2 * i], items_[begin + 2 * i + 1]);
        const auto merged = items_.begin() + static_cast<std::ptrdiff_t>(begin + pairs);
        items_.erase(merged, merged + static_cast<std::ptrdiff_t>(pairs));
        levels_[fullest] -= static_cast<std::uint32_t>(2 * pairs);
        levels_[fullest + 1] += static_cast<std::uint32_t>(pairs);
    }

    std::vector<Item> items_;
    Levels levels_{};
    std::int64_t total_ = 0;
};

// A merge that lets go of the older one.
template <typename Item>
struct KeepNewer {
    Item operator()(Item& /*older*/, Item& newer) const { return std::move(newer); }
};

}  // namespace convscope
