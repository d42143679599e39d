#include "engine/data/drawn_digits.h"

#include "engine/data/digit_strokes.h"
#include "engine/data/digit_writer.h"
#include "engine/data/pen.h"

#include <atomic>
#include <memory>
#include <new>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace convscope {

namespace {

constexpr int kClassCount = 10;
constexpr std::size_t kImageBytes = static_cast<std::size_t>(Canvas::kSide) * Canvas::kSide;

// What the calling thread does is worth doing only while nobody else wants the processor.
void lower_thread_priority() {
#if defined(__linux__)
    // Linux gives each thread its own nice value. Refused or not: it is a courtesy.
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 19);
#endif
}

// A picture is null until someone has drawn it. Whoever needs one that is not there draws it into a block of its own
// and offers that; the first offer stays and every later one is dropped for it, so that no thread waits for another.
class DrawnDigits final : public Dataset {
public:
    DrawnDigits(std::uint64_t seed, std::int64_t train_count, std::int64_t test_count, std::string notice = {})
        : seed_(seed),
          train_pictures_(static_cast<std::size_t>(train_count)),
          test_pictures_(static_cast<std::size_t>(test_count)) {
        info_.name = "drawn digits";
        info_.source = "generated from seed " + std::to_string(seed);
        info_.option = std::string(kDrawnOption) + ":" + std::to_string(seed);
        info_.notice = std::move(notice);
        info_.train_count = train_count;
        info_.test_count = test_count;
        info_.height = info_.width = Canvas::kSide;
        info_.pictures = {InvertKind::ToLight, ResizeKind::Stretch, CentreKind::Yes};
        for (int digit = 0; digit < kClassCount; ++digit) info_.class_names.push_back(std::to_string(digit));
        // What the strokes are kept in is destroyed when the program ends, and statics in the order opposite to that of
        // their making: made before this data set, it outlasts the thread even of one that is a static itself.
        (void)glyphs_of(0);
        background_ = std::jthread([this](const std::stop_token& stop) { draw_all(stop); });
    }

    ~DrawnDigits() override {
        background_.request_stop();
        background_.join();
        for (Pictures* pictures : {&train_pictures_, &test_pictures_})
            for (const std::atomic<const std::uint8_t*>& picture : *pictures) delete[] picture.load();
    }
    DrawnDigits(const DrawnDigits&) = delete;
    DrawnDigits& operator=(const DrawnDigits&) = delete;

    const DatasetInfo& info() const override { return info_; }

    int label(Split split, std::int64_t index) const override { return random_for(split, index).below(kClassCount); }

    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        std::atomic<const std::uint8_t*>& picture =
            (split == Split::Train ? train_pictures_ : test_pictures_)[static_cast<std::size_t>(index)];
        const std::uint8_t* bytes = picture.load(std::memory_order_acquire);
        if (!bytes) bytes = offer(picture, draw(split, index));
        return {bytes, kImageBytes};
    }

private:
    using Pictures = std::vector<std::atomic<const std::uint8_t*>>;
    using Block = std::unique_ptr<std::uint8_t[]>;

    // The first number drawn from it decides the label, the others the picture.
    RandomStream random_for(Split split, std::int64_t index) const {
        const std::uint64_t position = static_cast<std::uint64_t>(index) * 2 + (split == Split::Test ? 1 : 0);
        return RandomStream(RandomStream::mix(seed_ ^ 0xd161750000000000U) + position);
    }

    Block draw(Split split, std::int64_t index) const {
        auto block = std::make_unique_for_overwrite<std::uint8_t[]>(kImageBytes);
        RandomStream random = random_for(split, index);
        const int digit = random.below(kClassCount);
        write_digit(digit, random, {block.get(), kImageBytes});
        return block;
    }

    // Publishes the block unless another thread was faster; returns what is published.
    static const std::uint8_t* offer(std::atomic<const std::uint8_t*>& picture, Block block) {
        const std::uint8_t* published = nullptr;
        if (picture.compare_exchange_strong(published, block.get(), std::memory_order_acq_rel,
                                            std::memory_order_acquire))
            return block.release();
        return published;
    }

    void draw_all(const std::stop_token& stop) const {
        lower_thread_priority();
        try {
            for (const Split split : {Split::Train, Split::Test})
                for (std::int64_t i = 0; i < size(split) && !stop.stop_requested(); ++i) image(split, i);
        } catch (const std::bad_alloc&) {  // what is missing is drawn when it is asked for, and whoever asks is told
        }
    }

    const std::uint64_t seed_;
    DatasetInfo info_;
    mutable Pictures train_pictures_;
    mutable Pictures test_pictures_;
    std::jthread background_;  // the last member: it uses the others
};

}  // namespace

std::shared_ptr<const Dataset> make_drawn_digits(std::uint64_t seed, std::int64_t train_count,
                                                 std::int64_t test_count) {
    return std::make_shared<DrawnDigits>(seed, train_count, test_count);
}

std::shared_ptr<const Dataset> make_drawn_digits_instead(std::uint64_t seed, std::string_view reason) {
    return std::make_shared<DrawnDigits>(seed, kDrawnTrainCount, kDrawnTestCount,
                                         "Learning from drawn digits: " + std::string(reason));
}

}  // namespace convscope
