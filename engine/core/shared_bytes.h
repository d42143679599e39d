// Bytes that nobody changes any more, whoever made them: of a file that was read, of a tensor that was copied.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace convscope {

// A copy refers to the same bytes, which are let go of with the last of them; the same goes for part(). Any thread.
class SharedBytes {
public:
    SharedBytes() = default;  // none
    explicit SharedBytes(std::string bytes) {
        const auto owner = std::make_shared<const std::string>(std::move(bytes));
        size_ = owner->size();
        data_ = std::shared_ptr<const char>(owner, owner->data());
    }
    // Those that `data` keeps.
    SharedBytes(std::shared_ptr<const char> data, std::size_t size) : data_(std::move(data)), size_(size) {}

    explicit operator bool() const { return data_ != nullptr; }
    const char* data() const { return data_.get(); }
    std::size_t size() const { return size_; }
    std::string_view view() const { return {data_.get(), size_}; }
    // Within these, as whoever asks has seen to.
    SharedBytes part(std::size_t begin, std::size_t size) const {
        return {std::shared_ptr<const char>(data_, data_.get() + begin), size};
    }

    // Whether they are one piece of memory; of two pieces == compares what is in them.
    bool is(const SharedBytes& other) const { return data_ == other.data_ && size_ == other.size_; }
    friend bool operator==(const SharedBytes& a, const SharedBytes& b) { return a.is(b) || a.view() == b.view(); }

private:
    std::shared_ptr<const char> data_;
    std::size_t size_ = 0;
};

}  // namespace convscope
