#include "engine/formats/line_reader.h"

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace convscope {

void LineReader::Free::operator()(char* text) const { std::free(text); }

Result<LineReader> LineReader::open(const std::filesystem::path& path) {
    LineReader reader(path);
    std::error_code code;
    if (!std::filesystem::exists(path, code)) return reader;
    Result<Descriptor> descriptor = open_plain_file(path, O_RDONLY);
    if (!descriptor) return descriptor.error();
    reader.file_.reset(::fdopen(descriptor.value().get(), "r"));
    if (!reader.file_) return file_problem(path, "read", errno);
    static_cast<void>(descriptor.value().release());  // now the stream's
    return reader;
}

bool LineReader::next(Line& line) {
    if (!file_) return false;
    char* buffer = buffer_.release();
    const ssize_t length = ::getline(&buffer, &size_, file_.get());
    buffer_.reset(buffer);
    if (length <= 0) return false;
    line.text = {buffer, static_cast<std::size_t>(length)};
    line.ended = line.text.back() == '\n';
    if (line.ended) line.text.remove_suffix(1);
    return true;
}

Result<void> LineReader::problem() const {
    return file_ && std::ferror(file_.get()) ? Result<void>(file_problem(path_, "read", EIO)) : Result<void>();
}

}  // namespace convscope
