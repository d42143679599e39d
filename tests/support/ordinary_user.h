// While one lives, this process may do to files what an ordinary user may: root, as whom tests may run, may do
// everything whatever permissions say.
#pragma once

#include <unistd.h>

#include <stdexcept>

namespace convscope {

class OrdinaryUser {
public:
    OrdinaryUser() : before_(geteuid()) {
        constexpr uid_t kNobody = 65534;
        if (before_ == 0 && seteuid(kNobody) != 0) throw std::runtime_error("seteuid");
    }
    ~OrdinaryUser() {
        if (before_ == 0 && seteuid(before_) != 0) _exit(1);  // nothing that follows would mean anything
    }
    OrdinaryUser(const OrdinaryUser&) = delete;
    OrdinaryUser& operator=(const OrdinaryUser&) = delete;

private:
    uid_t before_;
};

}  // namespace convscope
