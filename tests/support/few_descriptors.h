// While one lives, this process can open so many files more and no others (EMFILE), whatever it had open before.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

namespace convscope {

class FewDescriptors {
public:
    explicit FewDescriptors(int left) {
        if (getrlimit(RLIMIT_NOFILE, &before_) != 0) throw std::runtime_error("getrlimit");
        constexpr rlim_t kLimit = 256;
        rlimit limit = before_;
        limit.rlim_cur = kLimit;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) throw std::runtime_error("setrlimit");
        for (int file = 0; (file = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) taken_.push_back(file);
        for (; left > 0 && !taken_.empty(); --left) {
            close(taken_.back());
            taken_.pop_back();
        }
    }
    ~FewDescriptors() {
        for (const int file : taken_) close(file);
        setrlimit(RLIMIT_NOFILE, &before_);
    }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;

private:
    rlimit before_{};
    std::vector<int> taken_;
};

}  // namespace convscope
