// Errors as values. Functions that can fail across a folder boundary return Result<T>; exceptions stay inside the
// folder where they arise (LibTorch, start-up). An Error's message is one sentence for the user: what, which file or
// option, and the remedy.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace convscope {

enum class ErrorCode {
    InvalidArgument,  // a value the user gave is out of range or unknown
    NotFound,         // a file, name or entry does not exist
    Corrupt,          // a file exists, but its content is damaged or not what it claims to be
    Io,               // the system refused to read or write
    Unsupported,      // understood, but not possible here (OpenGL too old, no CUDA)
    Failed,           // anything else
};

struct Error {
    ErrorCode code = ErrorCode::Failed;
    std::string message;
};

// Either a T or an Error. Reading value() of a failed result is a programming error (throws std::bad_variant_access).
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    const Error& error() const { return std::get<1>(state_); }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)), failed_(true) {}

    bool ok() const { return !failed_; }
    explicit operator bool() const { return ok(); }
    const Error& error() const { return error_; }

private:
    Error error_;
    bool failed_ = false;
};

}  // namespace convscope
