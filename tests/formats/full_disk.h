// While one lives, no file of this process can grow beyond a number of bytes: writing fails as it does on a full disk,
// after a part of what was to be written, as it may there too.
#pragma once

#include <signal.h>
#include <sys/resource.h>

#include <cstddef>
#include <stdexcept>

namespace convscope {

class FullDisk {
public:
    explicit FullDisk(std::size_t bytes) : handler_(signal(SIGXFSZ, SIG_IGN)) {
        if (getrlimit(RLIMIT_FSIZE, &before_) != 0) throw std::runtime_error("getrlimit");
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0) throw std::runtime_error("setrlimit");
    }
    ~FullDisk() {
        setrlimit(RLIMIT_FSIZE, &before_);
        signal(SIGXFSZ, handler_);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

private:
    rlimit before_{};
    void (*handler_)(int);
};

}  // namespace convscope
