// A web server on this machine that cuts, damages and stalls: server.py, in a process of its own.
#pragma once

#include "tests/data/temp_folder.h"

#include <string>
#include <vector>

namespace convscope {

class LoopbackServer {
public:
    LoopbackServer();
    ~LoopbackServer();
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;

    // What it serves.
    const std::filesystem::path& folder() const { return folder_.path(); }

    // The address of a file sent in one of the ways that server.py knows ("good", "cut", "stalled", ...), and of the
    // folder when there is no name.
    std::string url(const std::string& way, const std::string& name = {}) const;

    // The requests so far: "cut/a.bin bytes=2000-", or "-" for the whole file.
    std::vector<std::string> requests() const;

private:
    TempFolder folder_;
    TempFolder log_;
    int port_ = 0;
    int process_ = 0;
    int leash_ = -1;  // the server ends when this is closed
};

}  // namespace convscope
