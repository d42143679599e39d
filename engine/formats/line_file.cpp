#include "engine/formats/line_file.h"

#include "engine/formats/log_repair.h"

#include <utility>

namespace convscope {

void LineFile::add(std::string_view line) {
    if (pending_.size() + line.size() > kMostKept)
        ++lost_;
    else
        pending_ += line;
}

// One that a machine's stop has torn goes on in a line of its own; its readers know what to make of the part.
Result<void> LineFile::open(const std::filesystem::path& path) {
    if (Result<void> own = make_own(path); !own) return own;
    Result<AppendFile> opened = AppendFile::open(path, AppendFile::Existing::Continue);
    if (!opened) return opened.error();
    AppendFile file = std::move(opened).value();
    if (before_ && file.size() == 0)
        if (Result<void> copied = file.append_all_of(*before_); !copied) return copied;
    if (!file.ends_a_line())
        if (Result<void> ended = file.append("\n"); !ended) return ended;
    before_.reset();
    file_ = std::move(file);
    return {};
}

Result<void> LineFile::flush(const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / name_;
    if (file_ && (file_->path() != path || !file_->is_untouched())) {
        before_ = std::move(file_);
        file_.reset();
    }
    if (pending_.empty() && !before_) return {};
    if (!file_)
        if (Result<void> opened = open(path); !opened) return opened;
    if (Result<void> written = file_->append(pending_); !written) return written;
    pending_.clear();
    return {};
}

Result<void> LineFile::sync() { return file_ ? file_->sync() : Result<void>(); }

}  // namespace convscope
